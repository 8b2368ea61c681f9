//! `validate_provenance`: whether the evidence of a deployment is authoritative. Nothing is sent.
//!
//! `provenance` says where a release state comes from and `confidence` how far that can be trusted. Only evidence of one kind, from
//! the source that has the authority for this kind, is accepted, and only with the one reason that follows from it.

use std::borrow::Cow;

use super::{Context, Machine, Next};
use crate::error::{Code, Error};
use crate::json::{Kind, Raw, Reader, members};
use crate::value::{not_json, time};

/// Kind and source of evidence, and the reason for confidence that follows.
const AUTHORITIES: [(&str, &str, &str); 4] = [
    ("operator_command", "release-control-plane", "operator_command_authority"),
    ("factory_batch_manifest", "partner-factory", "unique_factory_manifest_match"),
    ("codepipeline_execution", "service-ci", "codepipeline_execution_authority"),
    ("submodule_pin", "service-ci", "unique_submodule_pin_match"),
];
const MODES: [&str; 3] = ["native", "imported", "inferred"];
const PROVENANCE: [&str; 7] = ["mode", "system", "kind", "ref", "observed_at", "recorded_at", "evidence"];
const EVIDENCE: [&str; 4] = ["kind", "source", "ref", "observed_at"];
const CONFIDENCE: [&str; 2] = ["level", "reasons"];

members! {
    /// `{"op": "validate_provenance", …}`
    #[derive(Debug)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(rename = "validate_provenance", deny_unknown_fields))]
    pub struct Validate<'a> {
        /// `validate_provenance`
        #[allow(dead_code)]
        #[cfg_attr(feature = "schema", schemars(extend("enum" = ["validate_provenance"])))]
        op: Cow<'a, str>,
        /// Where the state comes from: `mode`, `system`, `kind`, `ref`, `observed_at`, `recorded_at`, `evidence`.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Object>"))]
        provenance: Option<Raw<'a>>,
        /// How far it can be trusted: `level`, `reasons`.
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Object>"))]
        confidence: Option<Raw<'a>>,
    }
}

pub(super) fn begin(call: Validate<'_>) -> Result<impl Machine + use<>, Error> {
    check(call.provenance.map(Raw::get), call.confidence.map(Raw::get))?;
    Ok(Valid)
}

/// The answer that needs no request.
struct Valid;

impl Machine for Valid {
    fn begin(&mut self) -> Next {
        Next::Done(String::new())
    }

    fn received(&mut self, _: &mut Context<'_>, _: &str) -> Result<Next, Error> {
        Err(Error::new(Code::Internal, "nothing was asked for"))
    }
}

/// Checks the members `provenance` and `confidence` of an item, if it has one of them.
pub(super) fn check_members(item: Raw<'_>) -> Result<(), Error> {
    let mut reader = Reader::new(item.get());
    if reader.kind().map_err(not_json)? != Kind::Object {
        return Ok(());
    }
    let (mut provenance, mut confidence) = (None, None);
    let mut members = reader.object().map_err(not_json)?;
    while let Some(name) = members.next(&mut reader).map_err(not_json)? {
        let value = reader.skip().map_err(not_json)?;
        match &*name.decode() {
            "provenance" => provenance = Some(value),
            "confidence" => confidence = Some(value),
            _ => {}
        }
    }
    if provenance.is_none() && confidence.is_none() { Ok(()) } else { check(provenance, confidence) }
}

fn check(provenance: Option<&str>, confidence: Option<&str>) -> Result<(), Error> {
    let (Some(provenance), Some(confidence)) = (provenance, confidence) else {
        return Err(rejected("provenance and confidence are given together or not at all"));
    };
    let reason = authority(provenance).map_err(|error| error.within("provenance"))?;
    trusted(confidence, reason).map_err(|error| error.within("confidence"))
}

/// The reason for confidence that follows from the evidence.
fn authority(provenance: &str) -> Result<&'static str, Error> {
    let members = Members::read(provenance, &PROVENANCE)?;
    let mode = members.text("mode")?;
    if !MODES.contains(&&*mode) {
        return Err(rejected("mode is `native`, `imported` or `inferred`").within("mode"));
    }
    for name in ["system", "kind", "ref"] {
        members.text(name)?;
    }
    for name in ["observed_at", "recorded_at"] {
        members.time(name)?;
    }
    let evidence = members.need("evidence")?;
    evidence_of(evidence).map_err(|error| error.within("evidence"))
}

fn evidence_of(evidence: &str) -> Result<&'static str, Error> {
    let mut reader = Reader::new(evidence);
    if reader.kind().map_err(not_json)? != Kind::Array {
        return Err(rejected("expected an array of evidence"));
    }
    let mut first: Option<[String; 3]> = None;
    let mut count = 0;
    let mut elements = reader.array().map_err(not_json)?;
    while elements.next(&mut reader).map_err(not_json)? {
        let place = count.to_string();
        let signature = signature(reader.skip().map_err(not_json)?).map_err(|error| error.within(&place))?;
        if first.get_or_insert_with(|| signature.clone()) != &signature {
            return Err(rejected("evidence contradicts the evidence before it").within(&place));
        }
        count += 1;
    }
    let [kind, source, _] = first.ok_or_else(|| rejected("there is no evidence"))?;
    let known = AUTHORITIES.iter().find(|(of, from, _)| *of == kind && *from == source);
    known.map(|(_, _, reason)| *reason).ok_or_else(|| {
        rejected("evidence of this kind from this source has no authority").within("0").hint(
            "operator_command from release-control-plane, factory_batch_manifest from partner-factory, \
             codepipeline_execution or submodule_pin from service-ci",
        )
    })
}

/// What two pieces of evidence must have in common.
fn signature(evidence: &str) -> Result<[String; 3], Error> {
    let members = Members::read(evidence, &EVIDENCE)?;
    if members.find("observed_at").is_some() {
        members.time("observed_at")?;
    }
    Ok([members.text("kind")?, members.text("source")?, members.text("ref")?])
}

fn trusted(confidence: &str, reason: &str) -> Result<(), Error> {
    let members = Members::read(confidence, &CONFIDENCE)?;
    if members.text("level")? != "high" {
        return Err(rejected("confidence is not high").within("level"));
    }
    let mut reader = Reader::new(members.need("reasons")?);
    let given: Option<Vec<String>> = (|| {
        let mut given = Vec::new();
        let mut elements = reader.array().ok()?;
        while elements.next(&mut reader).ok()? {
            given.push(reader.string().ok()?.decode().into_owned());
        }
        Some(given)
    })();
    match given {
        Some(given) if given == [reason] => Ok(()),
        _ => Err(rejected(format!("the only reason that follows from the evidence is `{reason}`")).within("reasons")),
    }
}

/// The members of an object, each a JSON text.
struct Members<'a>(Vec<(String, &'a str)>);

impl<'a> Members<'a> {
    fn read(object: &'a str, known: &[&str]) -> Result<Self, Error> {
        let mut reader = Reader::new(object);
        if reader.kind().map_err(not_json)? != Kind::Object {
            return Err(rejected("expected an object"));
        }
        let mut found = Vec::new();
        let mut members = reader.object().map_err(not_json)?;
        while let Some(name) = members.next(&mut reader).map_err(not_json)? {
            let name = name.decode().into_owned();
            if !known.contains(&name.as_str()) {
                return Err(rejected(format!("unknown member `{name}`")).within(&name));
            }
            if found.iter().any(|(other, _)| *other == name) {
                return Err(rejected(format!("member `{name}` is given twice")).within(&name));
            }
            found.push((name, reader.skip().map_err(not_json)?));
        }
        Ok(Members(found))
    }

    fn find(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    fn need(&self, name: &str) -> Result<&'a str, Error> {
        self.find(name).ok_or_else(|| rejected(format!("missing member `{name}`")).within(name))
    }

    /// A text that is not empty.
    fn text(&self, name: &str) -> Result<String, Error> {
        let mut reader = Reader::new(self.need(name)?);
        let text = match reader.kind().map_err(not_json)? {
            Kind::String => reader.string().map_err(not_json)?.decode().into_owned(),
            _ => String::new(),
        };
        if text.is_empty() { Err(rejected(format!("`{name}` is a text")).within(name)) } else { Ok(text) }
    }

    /// An RFC 3339 time, as text or as `{"$time": …}`.
    fn time(&self, name: &str) -> Result<(), Error> {
        let mut reader = Reader::new(self.need(name)?);
        if reader.kind().map_err(not_json)? == Kind::Object {
            let mut members = reader.object().map_err(not_json)?;
            if members.next(&mut reader).map_err(not_json)?.is_none_or(|tag| tag.raw() != "$time") {
                return Err(rejected(format!("`{name}` is no RFC 3339 time")).within(name));
            }
        }
        match reader.string() {
            Ok(text) if time::parse(&text.decode()).is_some() => Ok(()),
            _ => Err(rejected(format!("`{name}` is no RFC 3339 time")).within(name)),
        }
    }
}

fn rejected(message: impl Into<String>) -> Error {
    Error::new(Code::RejectedDeployAuthorityEvidence, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROVENANCE: &str = r#"{"mode":"native","system":"release-control-plane","kind":"operator_command","ref":"op://1",
        "observed_at":"2026-04-24T19:00:00Z","recorded_at":{"$time":"2026-04-24T19:00:01Z"},
        "evidence":[{"kind":"operator_command","source":"release-control-plane","ref":"op://1","observed_at":"2026-04-24T19:00:00Z"},
                    {"kind":"operator_command","source":"release-control-plane","ref":"op://1"}]}"#;
    const CONFIDENCE: &str = r#"{"level":"high","reasons":["operator_command_authority"]}"#;

    fn path(provenance: &str, confidence: &str) -> String {
        match check(Some(provenance), Some(confidence)) {
            Ok(()) => "fine".to_owned(),
            Err(error) => {
                assert_eq!(error.code(), Code::RejectedDeployAuthorityEvidence, "{error}");
                error.details().path.clone().unwrap_or_default()
            }
        }
    }

    #[test]
    fn authoritative_evidence_is_accepted() {
        assert_eq!(path(PROVENANCE, CONFIDENCE), "fine");
        for (kind, source, reason) in AUTHORITIES {
            let provenance = PROVENANCE.replace("operator_command", kind).replace("release-control-plane", source);
            assert_eq!(path(&provenance, &CONFIDENCE.replace("operator_command_authority", reason)), "fine");
            assert_eq!(path(&provenance, r#"{"level":"high","reasons":[]}"#), "/confidence/reasons");
        }
    }

    #[test]
    fn everything_else_is_rejected() {
        let cases = [
            ("\"native\"", "\"guessed\"", "/provenance/mode"),
            ("\"mode\"", "\"mood\"", "/provenance/mood"),
            ("\"system\":\"release-control-plane\",", "", "/provenance/system"),
            ("\"ref\":\"op://1\",\n", "\"ref\":\"\",\n", "/provenance/ref"),
            ("2026-04-24T19:00:01Z", "yesterday", "/provenance/recorded_at"),
            ("\"observed_at\":\"2026-04-24T19:00:00Z\",\"rec", "\"rec", "/provenance/observed_at"),
            ("\"ref\":\"op://1\"}", "\"ref\":\"op://2\"}", "/provenance/evidence/1"),
            ("\"ref\":\"op://1\"}", "\"ref\":\"op://1\",\"x\":1}", "/provenance/evidence/1/x"),
            ("\"source\":\"release-control-plane\"", "\"source\":\"service-ci\"", "/provenance/evidence/0"),
        ];
        for (from, to, place) in cases {
            assert!(PROVENANCE.contains(from), "{from}");
            assert_eq!(path(&PROVENANCE.replace(from, to), CONFIDENCE), place, "{to}");
        }
        let (start, _) = PROVENANCE.split_once("\"evidence\"").unwrap();
        assert_eq!(path(&format!("{start}\"evidence\":[]}}"), CONFIDENCE), "/provenance/evidence");
        assert_eq!(path(&format!("{start}\"evidence\":{{}}}}"), CONFIDENCE), "/provenance/evidence");
        assert_eq!(path("[]", CONFIDENCE), "/provenance");
        for (confidence, place) in [
            (r#"{"level":"low","reasons":["operator_command_authority"]}"#, "/confidence/level"),
            (r#"{"level":"high"}"#, "/confidence/reasons"),
            (r#"{"level":"high","reasons":["conflicting_evidence"]}"#, "/confidence/reasons"),
            (
                r#"{"level":"high","reasons":["operator_command_authority","operator_command_authority"]}"#,
                "/confidence/reasons",
            ),
            (r#"{"level":"high","reasons":[1]}"#, "/confidence/reasons"),
            (r#"{"level":"high","level":"high","reasons":[]}"#, "/confidence/level"),
        ] {
            assert_eq!(path(PROVENANCE, confidence), place, "{confidence}");
        }
        assert!(check(Some(PROVENANCE), None).is_err());
        assert!(check(None, Some(CONFIDENCE)).is_err());
        assert!(check(None, None).is_err());
    }
}
