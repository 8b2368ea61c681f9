//! The bytes of the component: strip, encode, stamp, check.

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use wasmparser::{ComponentExternalKind, ComponentTypeRef, Parser, Payload, TypeBounds, Validator};

/// Name of the custom section, the component's last, that says what it was built from.
const SECTION: &str = "tabletheory";

const CUSTOM: u8 = 0;
const CORE_MODULE: u8 = 1;

/// What a component was built from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Stamp {
    /// Version of the boundary.
    pub contract: u32,
    /// Digest of the sources.
    pub source: String,
    /// `rustc --version`.
    pub compiler: String,
}

/// What a component shows to the outside.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Names of all imports, of the component and of its modules.
    pub imports: Vec<String>,
    /// Names of the exported functions.
    pub exports: Vec<String>,
}

/// Makes the component of a core module.
pub fn encode(module: &[u8], stamp: &Stamp) -> Result<Vec<u8>> {
    // The WIT world travels in `component-type:…`; everything else is for debuggers.
    let module = without_custom(module, |name| name.starts_with("component-type"))?;
    let component = wit_component::ComponentEncoder::default().module(&module)?.validate(true).encode()?;
    let component = module_first(&component)?;

    let mut content = Vec::new();
    length(&mut content, SECTION.len());
    content.extend_from_slice(SECTION.as_bytes());
    content.extend_from_slice(&serde_json::to_vec(stamp)?);
    let mut stamped = component;
    push(&mut stamped, CUSTOM, &content);
    Ok(stamped)
}

/// Checks everything that hosts rely upon.
pub fn check(component: &[u8]) -> Result<Shape> {
    Validator::new().validate_all(component).context("the component is not valid")?;
    let (id, module) = sections(component)?.next().context("the component is empty")??;
    ensure!(id == CORE_MODULE && module.starts_with(b"\0asm\x01\0\0\0"), "the first section is not a core module");
    let shape = shape(component)?;
    ensure!(shape.imports.is_empty(), "the component imports {}", shape.imports.join(", "));
    let custom: Vec<_> = sections(component)?.filter_map(Result::ok).filter(|(id, _)| *id == CUSTOM).collect();
    ensure!(custom.len() == 1, "the component holds {} custom sections", custom.len());
    ensure!(
        sections(module)?.all(|section| section.is_ok_and(|(id, _)| id != CUSTOM)),
        "the core module holds custom sections"
    );
    wit_component::decode(component).context("the WIT of the component cannot be read back")?;
    Ok(shape)
}

/// Reads the stamp of a component.
pub fn stamp(component: &[u8]) -> Result<Stamp> {
    for section in sections(component)? {
        let (id, content) = section?;
        if id == CUSTOM {
            let (name, rest) = named(content)?;
            if name == SECTION {
                return serde_json::from_slice(rest).context("the stamp of the component cannot be read");
            }
        }
    }
    bail!("the component carries no stamp")
}

/// Imports at every depth, exports of the component.
pub fn shape(component: &[u8]) -> Result<Shape> {
    let mut shape = Shape::default();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import?;
                    shape.imports.push(format!("{}/{}", import.module, import.name));
                }
            }
            Payload::ComponentImportSection(imports) => {
                for import in imports {
                    let import = import?;
                    // `eq` gives a record of the world its name: there is nothing to supply.
                    if !matches!(import.ty, ComponentTypeRef::Type(TypeBounds::Eq(_))) {
                        shape.imports.push(import.name.name.to_owned());
                    }
                }
            }
            Payload::ComponentExportSection(exports) if depth == 0 => {
                for export in exports {
                    let export = export?;
                    if export.kind == ComponentExternalKind::Func {
                        shape.exports.push(export.name.name.to_owned());
                    }
                }
            }
            _ => {}
        }
    }
    Ok(shape)
}

/// Moves the core module to the front and drops all custom sections.
///
/// The encoder puts the types of the world before the module. They do not refer to one another, so the order is free, and
/// a host that cuts the module out by hand has to look at one section only.
fn module_first(component: &[u8]) -> Result<Vec<u8>> {
    let (mut modules, mut rest) = (Vec::new(), Vec::new());
    for section in sections(component)? {
        match section? {
            (CUSTOM, _) => {}
            (CORE_MODULE, module) => modules.push(without_custom(module, |_| false)?),
            other => rest.push(other),
        }
    }
    let [module] = &modules[..] else { bail!("the component holds {} core modules", modules.len()) };
    let mut output = component[..8].to_vec();
    push(&mut output, CORE_MODULE, module);
    for (id, content) in rest {
        push(&mut output, id, content);
    }
    Ok(output)
}

fn without_custom(binary: &[u8], keep: impl Fn(&str) -> bool) -> Result<Vec<u8>> {
    let mut output = binary[..8].to_vec();
    for section in sections(binary)? {
        let (id, content) = section?;
        if id != CUSTOM || keep(named(content)?.0) {
            push(&mut output, id, content);
        }
    }
    Ok(output)
}

/// The top-level sections of a module or a component: id and content.
fn sections(binary: &[u8]) -> Result<impl Iterator<Item = Result<(u8, &[u8])>>> {
    ensure!(binary.len() >= 8 && binary.starts_with(b"\0asm"), "not a WebAssembly file");
    let mut rest = &binary[8..];
    Ok(std::iter::from_fn(move || {
        let (&id, after) = rest.split_first()?;
        let section = read_length(after).and_then(|(length, after)| {
            let content = after.get(..length).context("a section is cut off")?;
            rest = &after[length..];
            Ok((id, content))
        });
        if section.is_err() {
            rest = &[];
        }
        Some(section)
    }))
}

fn named(content: &[u8]) -> Result<(&str, &[u8])> {
    let (length, rest) = read_length(content)?;
    let name = rest.get(..length).context("a custom section is cut off")?;
    Ok((std::str::from_utf8(name)?, &rest[length..]))
}

/// LEB128, unsigned, 32 bits.
fn read_length(bytes: &[u8]) -> Result<(usize, &[u8])> {
    let mut value = 0_u64;
    for (at, byte) in bytes.iter().take(5).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Ok((usize::try_from(value)?, &bytes[at + 1..]));
        }
    }
    bail!("a length is cut off")
}

fn length(output: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        output.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    output.push(value as u8);
}

fn push(output: &mut Vec<u8>, id: u8, content: &[u8]) {
    output.push(id);
    length(output, content.len());
    output.extend_from_slice(content);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with a custom section `name`, and without anything else.
    fn module() -> Vec<u8> {
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        push(&mut module, CUSTOM, b"\x04name\x01\x02");
        module
    }

    #[test]
    fn lengths_read_back() {
        for value in [0, 1, 127, 128, 16_384, 97_523, u32::MAX as usize] {
            let mut bytes = Vec::new();
            length(&mut bytes, value);
            bytes.push(0xaa);
            assert_eq!(read_length(&bytes).unwrap(), (value, &[0xaa][..]));
        }
        assert!(read_length(&[0x80]).is_err());
        assert!(read_length(&[]).is_err());
    }

    #[test]
    fn custom_sections_are_dropped_unless_kept() {
        assert_eq!(without_custom(&module(), |_| false).unwrap(), b"\0asm\x01\0\0\0");
        assert_eq!(without_custom(&module(), |name| name == "name").unwrap(), module());
    }

    #[test]
    fn broken_files_are_refused() {
        assert!(stamp(b"\0as").is_err());
        let whole = module();
        assert!(stamp(&whole[..whole.len() - 1]).unwrap_err().to_string().contains("cut off"));
        assert!(stamp(&whole).unwrap_err().to_string().contains("no stamp"));
        assert!(check(&whole).is_err());
    }

    #[test]
    fn an_import_is_found() {
        // (module (import "env" "now" (func)))
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        push(&mut module, 1, b"\x01\x60\0\0");
        push(&mut module, 2, b"\x01\x03env\x03now\0\0");
        assert_eq!(shape(&module).unwrap().imports, ["env/now"]);
        let mut component = b"\0asm\x0d\0\x01\0".to_vec();
        push(&mut component, CORE_MODULE, &module);
        assert!(check(&component).unwrap_err().to_string().contains("env/now"));
    }
}
