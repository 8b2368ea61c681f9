//! The problem codes, and the list that problems are collected in.

use super::source::Place;
use super::{Problem, Severity};

macro_rules! problem_codes {
    ($($name:ident = $text:literal, $severity:ident, $meaning:literal;)*) => {
        /// Every kind of problem a document can have. The text form is the interface; `dms/SPEC.md` lists it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ProblemCode {
            $(#[doc = $meaning] $name,)*
        }

        impl ProblemCode {
            /// All codes, in the order of the specification.
            pub const ALL: &'static [ProblemCode] = &[$(ProblemCode::$name),*];

            /// The code as it stands in diagnostics, for instance `duplicate_attribute`.
            pub fn as_str(self) -> &'static str {
                match self { $(ProblemCode::$name => $text,)* }
            }

            /// How bad it is when the document is not checked strictly.
            pub fn severity(self) -> Severity {
                match self { $(ProblemCode::$name => Severity::$severity,)* }
            }

            /// One line for the specification.
            pub fn meaning(self) -> &'static str {
                match self { $(ProblemCode::$name => $meaning,)* }
            }
        }
    };
}

problem_codes! {
    DocumentTooLarge = "document_too_large", Error, "The document is larger than 4 MiB.";
    NotUtf8 = "not_utf8", Error, "The bytes are not UTF-8.";
    EmptyDocument = "empty_document", Error, "There is nothing in the document, or only comments.";
    Syntax = "syntax", Error, "Neither YAML nor JSON can be read from the text.";
    TooDeep = "too_deep", Error, "More than 64 lists and objects stand inside one another.";
    MultipleDocuments = "multiple_documents", Error, "The text holds a second YAML document; only the first is checked.";
    YamlAnchor = "yaml_anchor", Error, "A YAML anchor (`&name`): JSON has none.";
    YamlAlias = "yaml_alias", Error, "A YAML alias (`*name`): JSON has none.";
    YamlMergeKey = "yaml_merge_key", Error, "A YAML merge key (`<<`): JSON has none.";
    YamlTag = "yaml_tag", Error, "A YAML tag (`!name`): JSON has none.";
    DuplicateKey = "duplicate_key", Error, "An object has the same member twice.";
    NonStringKey = "non_string_key", Error, "A member's name is not a string, for instance `1:` or `true:`.";
    NonFiniteNumber = "non_finite_number", Error, "A number is infinite, no number, or beyond a 64-bit float.";
    AmbiguousScalar = "ambiguous_scalar", Warning, "Plain text that older YAML readers take for something else (`yes`, `off`, `2024-01-01`, `0777`).";
    TooManyProblems = "too_many_problems", Warning, "More than 500 problems: the rest is not listed. An error when an error is among the rest.";

    WrongType = "wrong_type", Error, "A member has another JSON type than the specification says.";
    MissingField = "missing_field", Error, "A required member is not there, or null.";
    EmptyValue = "empty_value", Error, "A required text or list is empty.";
    UnknownField = "unknown_field", Warning, "A member that the specification does not know.";

    UnsupportedVersion = "unsupported_version", Error, "`dms_version` is none of `\"0.1\"`, `\"0.2\"` and `\"0.3\"`.";
    NewerVersion = "newer_version", Error, "Something that only a later version of the language has: `unique`, a list of key attributes.";
    DuplicateModel = "duplicate_model", Error, "Two models have the same name.";
    TableKeysDiffer = "table_keys_differ", Warning, "Two models name the same table with other keys.";
    TableIndexesDiffer = "table_indexes_differ", Warning, "Two models name the same table and define an index of one name differently.";
    TableTtlDiffers = "table_ttl_differs", Warning, "Two models name the same table with different `ttl` attributes; a table has one.";

    DisallowedCharacter = "disallowed_character", Error, "A name has a space, control character, back-tick, double quote, backslash or comma in it.";
    NameTooLong = "name_too_long", Error, "An attribute or model name is longer than 255 UTF-8 bytes.";
    InvalidTableName = "invalid_table_name", Error, "A table name is not 3 to 255 letters, digits, `_`, `.`, `-`.";
    InvalidIndexName = "invalid_index_name", Error, "An index name is not 3 to 255 letters, digits, `_`, `.`, `-`.";
    UnknownConvention = "unknown_convention", Error, "`naming.convention` is not one of the known ones.";
    NameConvention = "name_convention", Warning, "An attribute name does not follow the naming convention.";

    DuplicateAttribute = "duplicate_attribute", Error, "Two attributes of a model have the same name.";
    UnknownType = "unknown_type", Error, "An attribute's type is not one of DynamoDB's ten.";
    RequiredAndOptional = "required_and_optional", Error, "An attribute is both `required` and `optional`.";
    RequiredOmitEmpty = "required_omit_empty", Warning, "An attribute is `required` and yet left out when empty.";
    JsonAndBinary = "json_and_binary", Error, "An attribute is both `json` and `binary`.";
    BinaryType = "binary_type", Error, "A `binary` attribute is not of type B.";
    JsonType = "json_type", Error, "A `json` attribute has a type that cannot carry JSON: other than S in 0.1, a set or B in 0.2.";
    UnknownFormat = "unknown_format", Error, "`format` is not one of the known ones.";
    FormatType = "format_type", Error, "`format` does not fit the type of the attribute.";

    UniqueType = "unique_type", Error, "A `unique` attribute is not a plain S, N or B.";
    UniqueKey = "unique_key", Error, "A `unique` attribute is a key of the table.";
    UniqueEncrypted = "unique_encrypted", Error, "A `unique` attribute is encrypted.";
    UniqueRole = "unique_role", Error, "A `unique` attribute has a lifecycle or TTL role.";
    UniqueTableKey = "unique_table_key", Error, "A model with `unique` attributes has a table key that is not of type S.";
    UniqueTtl = "unique_ttl", Warning, "A model has both `unique` attributes and a TTL: an item that expires leaves its values taken.";

    UnknownRole = "unknown_role", Error, "A role is not one of the known ones.";
    RepeatedRole = "repeated_role", Warning, "An attribute names the same role twice.";
    UnusedRole = "unused_role", Warning, "A role `index_pk:…` or `index_sk:…`: it has no effect, `indexes` says it all.";
    DuplicateRole = "duplicate_role", Error, "Two attributes of a model have the same role.";
    ConflictingRoles = "conflicting_roles", Error, "An attribute has roles that exclude one another.";
    RoleType = "role_type", Error, "An attribute's role needs another type.";
    RoleFormat = "role_format", Warning, "An attribute's role goes with another format; the role decides.";
    RoleKeyMismatch = "role_key_mismatch", Error, "A role `pk` or `sk` is not on the attribute that `keys` names.";
    RoleEncrypted = "role_encrypted", Error, "A lifecycle or TTL attribute is encrypted.";
    RoleJson = "role_json", Error, "A lifecycle or TTL attribute is `json`.";

    InvalidKeyType = "invalid_key_type", Error, "The type of a key is not S, N or B.";
    UnknownKeyAttribute = "unknown_key_attribute", Error, "A key of the table or an index is not among the attributes.";
    KeyTypeMismatch = "key_type_mismatch", Error, "A key has another type than its attribute.";
    SameKeyAttribute = "same_key_attribute", Error, "A key of a table or an index has the same attribute twice.";
    KeyOptional = "key_optional", Warning, "A key attribute of the table is `optional`; an item always has its key.";
    KeyOmitEmpty = "key_omit_empty", Warning, "A key attribute of the table has `omit_empty`; a key is never left out.";
    TooManyKeyAttributes = "too_many_key_attributes", Error, "More than four partition or sort attributes in the key of an index.";
    JsonKey = "json_key", Error, "A key attribute of the table or an index is `json`.";
    EncryptedKey = "encrypted_key", Error, "A key attribute of the table is encrypted.";
    EncryptedIndexKey = "encrypted_index_key", Error, "A key attribute of an index is encrypted.";

    UnknownMode = "unknown_mode", Error, "`write_policy.mode` is not one of the known ones.";
    UnknownProtectedAttribute = "unknown_protected_attribute", Error, "A protected attribute is not among the attributes.";
    RepeatedProtectedAttribute = "repeated_protected_attribute", Warning, "A protected attribute is listed twice.";
    IneffectiveProtection = "ineffective_protection", Warning, "A protected attribute that no update may name anyway: a key or lifecycle attribute.";

    UnknownIndexType = "unknown_index_type", Error, "An index is neither `GSI` nor `LSI`.";
    DuplicateIndex = "duplicate_index", Error, "Two indexes of a model have the same name.";
    LsiPartition = "lsi_partition", Error, "A local secondary index has another partition key than the table.";
    LsiSeveralAttributes = "lsi_several_attributes", Error, "A local secondary index has several partition or sort attributes.";
    LsiWithoutSort = "lsi_without_sort", Error, "A local secondary index has no sort key.";
    LsiOnSimpleKey = "lsi_on_simple_key", Error, "A local secondary index on a table without a sort key.";
    TooManyLsis = "too_many_lsis", Error, "More than 5 local secondary indexes.";
    TooManyGsis = "too_many_gsis", Warning, "More than 20 global secondary indexes, DynamoDB's default quota.";
    UnknownProjection = "unknown_projection", Error, "`projection.type` is not one of the known ones.";
    IncludeWithoutFields = "include_without_fields", Error, "An `INCLUDE` projection has no fields besides keys.";
    FieldsWithoutInclude = "fields_without_include", Warning, "`projection.fields` without type `INCLUDE` has no effect.";
    UnknownProjectionField = "unknown_projection_field", Error, "A projected field is not among the attributes.";
    RepeatedProjectionField = "repeated_projection_field", Warning, "A projected field is listed twice.";
    ProjectedKey = "projected_key", Warning, "A key attribute among the projected fields; keys are always there.";
    TooManyProjected = "too_many_projected", Error, "More than 20 projected fields in one index, or 100 in all indexes of a model.";
}

/// Problems listed in full; the rest is counted only.
const LISTED: usize = 500;

/// What was found so far.
pub(super) struct Problems {
    list: Vec<Problem>,
    strict: bool,
    dropped: usize,
    dropped_error: bool,
}

impl Problems {
    pub(super) fn new(strict: bool) -> Self {
        Problems { list: Vec::new(), strict, dropped: 0, dropped_error: false }
    }

    /// Whether the list is full: what costs time (suggestions) need not be worked out any more.
    pub(super) fn full(&self) -> bool {
        self.list.len() >= LISTED
    }

    /// Adds a problem at a place in the document.
    #[cold]
    pub(super) fn add(&mut self, code: ProblemCode, place: Place, message: String) {
        self.push(code, place, message, None);
    }

    /// Adds a problem together with what to do about it.
    #[cold]
    pub(super) fn add_hint(&mut self, code: ProblemCode, place: Place, message: String, hint: impl Into<String>) {
        self.push(code, place, message, Some(hint.into()));
    }

    /// Adds a problem with a hint if there is one.
    #[cold]
    pub(super) fn push(&mut self, code: ProblemCode, place: Place, message: String, hint: Option<String>) {
        let severity = if self.strict { Severity::Error } else { code.severity() };
        if self.full() {
            self.dropped += 1;
            self.dropped_error |= severity == Severity::Error;
            return;
        }
        let Place { pointer, at } = place;
        let place = self.list.partition_point(|known| (known.line, known.column) <= (at.line, at.column));
        let problem = Problem {
            code: code.as_str().to_owned(),
            severity,
            message,
            pointer,
            line: at.line,
            column: at.column,
            hint,
        };
        self.list.insert(place, problem);
    }

    /// All problems in the order of the text.
    pub(super) fn finish(mut self) -> Vec<Problem> {
        if self.dropped > 0 {
            let (line, column) = self.list.last().map_or((1, 1), |last| (last.line, last.column));
            let code = ProblemCode::TooManyProblems;
            self.list.push(Problem {
                code: code.as_str().to_owned(),
                severity: if self.dropped_error { Severity::Error } else { code.severity() },
                message: format!("{} more problems are not listed", self.dropped),
                pointer: String::new(),
                line,
                column,
                hint: None,
            });
        }
        self.list
    }
}

/// User input in back-ticks, as it may stand in a message: cut to 64 characters, without control characters.
#[cold]
pub(super) fn tick(text: &str) -> String {
    let mut shown = String::with_capacity(text.len().min(64) + 2);
    shown.push('`');
    for (count, character) in text.chars().enumerate() {
        if count == 64 {
            shown.push('…');
            break;
        }
        match character {
            '`' => shown.push('\''),
            _ if character.is_control() => shown.extend(character.escape_default()),
            _ => shown.push(character),
        }
    }
    shown.push('`');
    shown
}
