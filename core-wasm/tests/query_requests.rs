//! The requests of queries and scans, byte by byte, and what is refused before one is sent.

mod query_support;

use query_support::*;
use tabletheory_core::error::{Code, Outcome};

#[test]
fn keys_become_key_conditions() {
    let head = r#"{"TableName":"notes","KeyConditionExpression":""#;
    let pk = r##""ExpressionAttributeNames":{"#n0":"pk"},"ExpressionAttributeValues":{":v0":{"S":"u#1"}}}"##;
    let both =
        r##""ExpressionAttributeNames":{"#n0":"pk","#n1":"sk"},"ExpressionAttributeValues":{":v0":{"S":"u#1"},"##;
    let cases = [
        (r##"["u#1"]"##, format!("{head}#n0 = :v0\",{pk}")),
        (r##""u#1""##, format!("{head}#n0 = :v0\",{pk}")),
        (r##"{"pk":"u#1"}"##, format!("{head}#n0 = :v0\",{pk}")),
        (
            r##"{"sk":"n#1","pk":"u#1"}"##,
            format!("{head}#n0 = :v0 AND #n1 = :v1\",{both}{}", r##"":v1":{"S":"n#1"}}}"##),
        ),
        (r##"["u#1","n#1"]"##, format!("{head}#n0 = :v0 AND #n1 = :v1\",{both}{}", r##"":v1":{"S":"n#1"}}}"##)),
        (
            r##"["u#1",{"begins_with":"n#"}]"##,
            format!("{head}#n0 = :v0 AND begins_with(#n1, :v1)\",{both}{}", r##"":v1":{"S":"n#"}}}"##),
        ),
        (
            r##"{"pk":"u#1","sk":{"between":["a","b"]}}"##,
            format!("{head}#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2\",{both}{}", r##"":v1":{"S":"a"},":v2":{"S":"b"}}}"##),
        ),
        (
            r##"{"pk":"u#1","sk":{"between":["a","a"]}}"##,
            format!("{head}#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2\",{both}{}", r##"":v1":{"S":"a"},":v2":{"S":"a"}}}"##),
        ),
    ];
    for (key, expected) in cases {
        assert_eq!(body(&format!(r#"{{"op":"query","model":"Note","key":{key}}}"#)), expected, "{key}");
    }
    for (word, sign) in [("eq", "="), ("lt", "<"), ("lte", "<="), ("gt", ">"), ("gte", ">=")] {
        let call = format!(r##"{{"op":"query","model":"Note","key":{{"pk":"u#1","sk":{{"{word}":"x"}}}}}}"##);
        let expected = format!("{head}#n0 = :v0 AND #n1 {sign} :v1\",{both}{}", r##"":v1":{"S":"x"}}}"##);
        assert_eq!(body(&call), expected);
    }
}

#[test]
fn where_is_split_and_filter_is_not() {
    let call = r##"{"op":"query","model":"Note","key":["u#1"],"where":{"views":{"gt":3},"$and":[{"sk":{"begins_with":"n#"}},
        {"$or":[{"title":"a"},{"title":"b"}]}],"tags":{"contains":"x"}},"filter":{"body.k":{"exists":true}}}"##;
    assert_eq!(
        body(call),
        concat!(
            r##"{"TableName":"notes","KeyConditionExpression":"#n0 = :v0 AND begins_with(#n1, :v1)","##,
            r##""FilterExpression":"#n2 > :v2 AND (#n3 = :v3 OR #n3 = :v4) AND contains(#n4, :v5) AND attribute_exists(#n5.#n6)","##,
            r##""ExpressionAttributeNames":{"#n0":"pk","#n1":"sk","#n2":"views","#n3":"title","#n4":"tags","#n5":"body","#n6":"k"},"##,
            r##""ExpressionAttributeValues":{":v0":{"S":"u#1"},":v1":{"S":"n#"},":v2":{"N":"3"},":v3":{"S":"a"},":v4":{"S":"b"},"##,
            r#"":v5":{"S":"x"}}}"#
        )
    );
    // Nothing to ask for is no filter.
    let plain = body(r#"{"op":"query","model":"Note","key":["u"]}"#);
    assert_eq!(body(r#"{"op":"query","model":"Note","key":["u"],"where":{},"filter":{}}"#), plain);
    // A path into an attribute of the key's name, in back-ticks, is that attribute.
    let ticks = body(r#"{"op":"query","model":"Note","key":["u"],"where":{"`sk`":"x"}}"#);
    assert_eq!(ticks, body(r#"{"op":"query","model":"Note","key":["u","x"]}"#));
}

#[test]
fn every_option_has_its_member() {
    let call = r#"{"op":"query","model":"Note","index":"local-views","key":{"pk":"u","views":{"gte":10}},"order":"desc","consistent":true,
        "projection":["title","body.k[0]"],"page_size":7,"filter":{"sk":{"begins_with":"x"}}}"#;
    assert_eq!(
        body(call),
        concat!(
            r##"{"TableName":"notes","IndexName":"local-views","KeyConditionExpression":"#n0 = :v0 AND #n1 >= :v1","##,
            r##""FilterExpression":"begins_with(#n2, :v2)","ProjectionExpression":"#n3, #n4.#n5[0]","##,
            r##""ExpressionAttributeNames":{"#n0":"pk","#n1":"views","#n2":"sk","#n3":"title","#n4":"body","#n5":"k"},"##,
            r##""ExpressionAttributeValues":{":v0":{"S":"u"},":v1":{"N":"10"},":v2":{"S":"x"}},"ScanIndexForward":false,"##,
            r#""ConsistentRead":true,"Limit":7}"#
        )
    );
    let call = r#"{"op":"query","model":"Note","index":"by-author","key":{"author":"me"},"count":true,"order":"asc","projection":["at"],
        "where":{"at":{"between":[1,2]},"pk":{"ne":"x"}}}"#;
    assert_eq!(
        body(call),
        concat!(
            r##"{"TableName":"notes","IndexName":"by-author","KeyConditionExpression":"#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2","##,
            r##""FilterExpression":"#n2 <> :v3","ExpressionAttributeNames":{"#n0":"author","#n1":"at","#n2":"pk"},"##,
            r##""ExpressionAttributeValues":{":v0":{"S":"me"},":v1":{"N":"1"},":v2":{"N":"2"},":v3":{"S":"x"}},"Select":"COUNT"}"##
        )
    );
    let client = client_with(r#"{"transport":"sdk","capacity":"indexes","tables":{"prefix":"dev-"}}"#);
    let (_, request) = send_by(&client, r#"{"op":"scan","model":"Fact","consistent":true,"limit":5}"#);
    assert_eq!(request.action, "Scan");
    assert_eq!(
        request.body,
        r#"{"TableName":"dev-facts","ConsistentRead":true,"ReturnConsumedCapacity":"INDEXES","Limit":5}"#
    );
    let call = r#"{"op":"scan","model":"Note","index":"by-title","filter":{"pk":"u"},"segments":3,"segment":2,"projection":["title"]}"#;
    assert_eq!(
        body(call),
        concat!(
            r##"{"TableName":"notes","IndexName":"by-title","FilterExpression":"#n0 = :v0","ProjectionExpression":"#n1","##,
            r##""ExpressionAttributeNames":{"#n0":"pk","#n1":"title"},"ExpressionAttributeValues":{":v0":{"S":"u"}},"##,
            r#""TotalSegments":3,"Segment":2}"#
        )
    );
}

#[test]
fn numbers_and_binary_are_keys_too() {
    assert_eq!(
        body(r#"{"op":"query","model":"Fact","key":7}"#),
        concat!(
            r##"{"TableName":"facts","KeyConditionExpression":"#n0 = :v0","ExpressionAttributeNames":{"#n0":"id"},"##,
            r#""ExpressionAttributeValues":{":v0":{"N":"7"}}}"#
        )
    );
    let call =
        r#"{"op":"query","model":"Chunk","key":{"hash":{"$binary":"AQID"},"part":{"begins_with":{"$binary":"AQ=="}}}}"#;
    assert_eq!(
        body(call),
        concat!(
            r##"{"TableName":"chunks","KeyConditionExpression":"#n0 = :v0 AND begins_with(#n1, :v1)","##,
            r##""ExpressionAttributeNames":{"#n0":"hash","#n1":"part"},"ExpressionAttributeValues":{":v0":{"B":"AQID"},":v1":{"B":"AQ=="}}}"##
        )
    );
}

/// Members of a query of `Note` after `key`, and what is said about them.
#[test]
fn bad_queries_are_refused_with_a_place() {
    let cases = [
        // Keys.
        (r#""key":null"#, "ErrMissingPrimaryKey /key: missing key attribute `pk`"),
        (r#""key":{}"#, "ErrMissingPrimaryKey /key: missing key attribute `pk`"),
        (r#""key":[]"#, "ErrMissingPrimaryKey /key: missing key attribute `pk`"),
        (r#""key":true"#, "ErrInvalidCall /key: `key` is an array or an object"),
        (r#""key":{"sk":"x"}"#, "ErrMissingPrimaryKey /key: missing key attribute `pk`"),
        (r#""key":["a","b","c"]"#, "ErrInvalidPrimaryKey /key: the key of the table of model `Note` has 2 parts"),
        (r#""key":[""]"#, "ErrInvalidPrimaryKey /key/0: partition key `pk` is empty"),
        (r#""key":[1]"#, "ErrInvalidPrimaryKey /key/0: key attribute `pk`: expected a string, got a number"),
        (r#""key":{"pk":null}"#, "ErrMissingPrimaryKey /key/pk: missing key attribute `pk`"),
        (r#""key":{"pk":"a","pk":"b"}"#, "ErrInvalidCall /key/pk: key attribute `pk` is given twice"),
        (
            r#""key":{"pk":{"begins_with":"a"}}"#,
            "ErrInvalidOperator /key/pk: partition key `pk` takes a value, not a condition",
        ),
        (r#""key":{"pk":"a","sx":"b"}"#, "ErrInvalidModel /key/sx: unknown attribute `sx` of model `Note`"),
        (
            r#""key":{"pk":"a","title":"b"}"#,
            "ErrInvalidOperator /key/title: `title` is not a key attribute of the table of model `Note`",
        ),
        // Conditions on sort keys.
        (r#""key":{"pk":"a","sk":{}}"#, "ErrInvalidOperator /key/sk: expected an operator"),
        (r#""key":{"pk":"a","sk":{"ne":"b"}}"#, "ErrInvalidOperator /key/sk/ne: `ne` does not apply to sort key `sk`"),
        (
            r#""key":{"pk":"a","sk":{"in":["b"]}}"#,
            "ErrInvalidOperator /key/sk/in: `in` does not apply to sort key `sk`",
        ),
        (r#""key":{"pk":"a","sk":{"begin":"b"}}"#, "ErrInvalidOperator /key/sk/begin: unknown operator `begin`"),
        (
            r#""key":{"pk":"a","sk":{"gte":"b","lt":"c"}}"#,
            "ErrInvalidOperator /key/sk/lt: a second condition on sort key `sk`",
        ),
        (
            r#""key":{"pk":"a","sk":{"between":["c","b"]}}"#,
            "ErrInvalidOperator /key/sk/between: the low bound of `between` is above the high one",
        ),
        (
            r#""key":{"pk":"a","sk":{"between":["b"]}}"#,
            "ErrInvalidOperator /key/sk/between: `between` takes an array of two bounds",
        ),
        (
            r#""key":{"pk":"a","sk":{"between":"b"}}"#,
            "ErrInvalidOperator /key/sk/between: `between` takes an array of two bounds",
        ),
        (
            r#""key":{"pk":"a","sk":{"between":["b",1]}}"#,
            "ErrInvalidPrimaryKey /key/sk/between/1: key attribute `sk`: expected a string, got a number",
        ),
        (
            r#""key":{"pk":"a","sk":{"begins_with":""}}"#,
            "ErrInvalidPrimaryKey /key/sk/begins_with: sort key `sk` is empty",
        ),
        // `where` and `filter`.
        (r#""key":["a"],"where":[]"#, "ErrInvalidOperator /where: a filter is an object"),
        (r#""key":["a","b"],"where":{"sk":"c"}"#, "ErrInvalidOperator /where/sk: a second condition on sort key `sk`"),
        (
            r#""key":["a"],"where":{"$and":[{"sk":{"gt":"c"}},{"sk":{"lt":"d"}}]}"#,
            "ErrInvalidOperator /where/$and/1/sk: a second condition on sort key `sk`",
        ),
        (
            r#""key":["a"],"where":{"sk":{"contains":"c"}}"#,
            "ErrInvalidOperator /where/sk/contains: `contains` does not apply to sort key `sk`",
        ),
        (
            r#""key":["a"],"where":{"$or":[{"sk":"b"},{"title":"c"}]}"#,
            "ErrInvalidOperator /where/$or/0/sk: key attribute `sk` of the table of model `Note` cannot be used in filters",
        ),
        (
            r#""key":["a"],"where":{"pk":"a"}"#,
            "ErrInvalidOperator /where/pk: key attribute `pk` of the table of model `Note` cannot be used in filters",
        ),
        (
            r#""key":["a"],"filter":{"sk":"b"}"#,
            "ErrInvalidOperator /filter/sk: key attribute `sk` of the table of model `Note` cannot be used in filters",
        ),
        (
            r#""key":["a"],"filter":{"title":{"eq":{"$path":"sk"}}}"#,
            "ErrInvalidOperator /filter/title/eq/$path: key attribute `sk` of the table of model `Note` cannot be used in filters",
        ),
        (
            r#""key":["a"],"filter":{"titel":1}"#,
            "ErrInvalidModel /filter/titel: unknown attribute `titel` of model `Note`",
        ),
        (
            r#""key":["a"],"where":{"titel":1}"#,
            "ErrInvalidModel /where/titel: unknown attribute `titel` of model `Note`",
        ),
        (
            r#""key":["a"],"filter":{"title":{"in":[]}}"#,
            "ErrInvalidOperator /filter/title/in: `in` takes 1 to 100 values, got 0",
        ),
        (
            r#""key":["a"],"where":{"$and":[{"views":{"between":[2,1]}}]}"#,
            "ErrInvalidOperator /where/$and/0/views/between: the low bound of `between` is above the high one",
        ),
        (
            r#""key":["a"],"filter":{"views":{"begins_with":"1"}}"#,
            "ErrInvalidOperator /filter/views/begins_with: `begins_with` does not apply to `views`, which is of type N",
        ),
        (r#""key":["a"],"filter":{"views":{"gt":"x"}}"#, "ErrInvalidValue /filter/views/gt: not a decimal number"),
        (r#""key":["a"],"filter":{"$and":[]}"#, "ErrInvalidOperator /filter/$and: expected at least one condition"),
        (r#""key":["a"],"filter":{"$and":[{}]}"#, "ErrInvalidOperator /filter/$and/0: condition is empty"),
        (r#""key":["a"],"filter":{"$and":{}}"#, "ErrInvalidOperator /filter/$and: expected an array of conditions"),
        (r#""key":["a"],"filter":{"$not":{}}"#, "ErrInvalidOperator /filter/$not: condition is empty"),
        // Options.
        (r#""key":["a"],"order":"down""#, "ErrInvalidOperator /order: unknown order `down`"),
        (r#""key":["a"],"limit":0"#, "ErrInvalidOperator /limit: `limit` is a whole number, at least 1"),
        (r#""key":["a"],"limit":-1"#, "ErrInvalidOperator /limit: `limit` is a whole number, at least 1"),
        (r#""key":["a"],"limit":1.5"#, "ErrInvalidOperator /limit: `limit` is a whole number, at least 1"),
        (r#""key":["a"],"limit":"1""#, "ErrInvalidCall /limit: `limit` is a number, got a string"),
        (
            r#""key":["a"],"page_size":0"#,
            "ErrInvalidOperator /page_size: `page_size` is a whole number from 1 to 2147483647",
        ),
        (
            r#""key":["a"],"page_size":1e99"#,
            "ErrInvalidOperator /page_size: `page_size` is a whole number from 1 to 2147483647",
        ),
        (r#""key":["a"],"pages":0"#, "ErrInvalidOperator /pages: `pages` is a whole number from 1 to 2147483647"),
        (r#""key":["a"],"count":true,"limit":1"#, "ErrInvalidOperator /limit: a count has no `limit`"),
        (r#""key":["a"],"projection":[]"#, "ErrInvalidOperator /projection: projection is empty"),
        (
            r#""key":["a"],"projection":["nope"]"#,
            "ErrInvalidModel /projection/0: unknown attribute `nope` of model `Note`",
        ),
        (
            r#""key":["a"],"projection":["title","views.x"]"#,
            "ErrInvalidOperator /projection/1: path `views.x` leads into `views`, which is of type N",
        ),
        (
            r#""key":["a"],"projection":["body.k","body"]"#,
            "ErrInvalidOperator /projection/1: path `body` overlaps another one",
        ),
        (r#""key":["a"],"cursor":"""#, "ErrInvalidCursor /cursor: cursor is empty"),
        (r#""key":["a"],"cursor":"hello""#, "ErrInvalidCursor /cursor: cursor is malformed"),
        (
            r#""key":["a"],"kea":1"#,
            "ErrInvalidCall -: unknown member `kea`, expected one of `op`, `model`, `index`, `key`, `where`, `filter`, `order`, `projection`, `consistent`, `limit`, `page_size`, `cursor`, `pages`, `count`, `raw`",
        ),
        // Indexes.
        (r#""index":"by-autor","key":["a"]"#, "ErrIndexNotFound /index: unknown index `by-autor` of model `Note`"),
        (
            r#""index":"by-title","key":{"title":"a","sk":"b"}"#,
            "ErrInvalidOperator /key/sk: `sk` is not a key attribute of index `by-title`, which has no sort key",
        ),
        (
            r#""index":"by-title","key":["a",{"begins_with":"b"}]"#,
            "ErrInvalidPrimaryKey /key: the key of index `by-title` has 1 part",
        ),
        (
            r#""index":"by-author","key":{"author":"a","at":{"begins_with":"1"}}"#,
            "ErrInvalidOperator /key/at/begins_with: `begins_with` does not apply to `at`, which is of type N",
        ),
        (
            r#""index":"by-author","key":{"author":"a","at":{"between":[1,"x"]}}"#,
            "ErrInvalidPrimaryKey /key/at/between/1: key attribute `at`: not a decimal number",
        ),
        (
            r#""index":"by-author","key":["a"],"filter":{"at":{"gt":1}}"#,
            "ErrInvalidOperator /filter/at: key attribute `at` of index `by-author` cannot be used in filters",
        ),
        (
            r#""index":"by-author","key":["a"],"consistent":true"#,
            "ErrInvalidOperator /consistent: `consistent` does not apply to `by-author`, a global index",
        ),
        (
            r#""index":"by-author","key":["a"],"projection":["pk","at","title","views"]"#,
            "ErrInvalidOperator /projection/3: index `by-author` does not hold attribute `views`",
        ),
        (
            r#""index":"by-title","key":["a"],"projection":["body.k"]"#,
            "ErrInvalidOperator /projection/0: index `by-title` does not hold attribute `body`",
        ),
    ];
    for (members, expected) in cases {
        let error = refuse(&format!(r#"{{"op":"query","model":"Note",{members}}}"#));
        assert_eq!(said(&error), expected, "{members}");
        assert_eq!(error.details().outcome, Outcome::NotSent);
    }
}

#[test]
fn hints_help_on() {
    let hint = |members: &str| {
        let error = refuse(&format!(r#"{{"op":"query","model":"Note",{members}}}"#));
        error.details().hint.clone().unwrap_or_default()
    };
    assert_eq!(hint(r#""index":"by-autor","key":["a"]"#), "did you mean `by-author`?");
    assert_eq!(hint(r#""index":"x","key":["a"]"#), "the model has `by-author`, `by-title`, `local-views`");
    assert_eq!(
        hint(r#""key":{"pk":"a","author":"b"}"#),
        "index `by-author` has it in its key; conditions on other attributes belong into `filter`"
    );
    assert_eq!(hint(r#""key":["a"],"where":{"pk":"a"}"#), "its value belongs into `key`");
    assert!(hint(r#""key":["a","b"],"where":{"sk":"c"}"#).contains("`between`"));
    assert!(hint(r#""key":["a"],"count":true,"limit":1"#).contains("`page_size`"));
    let error = refuse(r#"{"op":"query","model":"Note","index":"by-autor","key":["a"]}"#);
    assert!(error.is(Code::InvalidOperator) && error.is(Code::IndexNotFound));
}

#[test]
fn bad_scans_are_refused_with_a_place() {
    let cases = [
        (r#""segments":0"#, "ErrInvalidOperator /segments: `segments` is a whole number from 1 to 1000000"),
        (r#""segments":1000001"#, "ErrInvalidOperator /segments: `segments` is a whole number from 1 to 1000000"),
        (r#""segments":2,"segment":2"#, "ErrInvalidOperator /segment: `segment` is a whole number from 0 to 1"),
        (r#""segments":2,"segment":-1"#, "ErrInvalidOperator /segment: `segment` is a whole number from 0 to 1"),
        (r#""segment":0"#, "ErrInvalidOperator /segment: `segment` needs `segments`"),
        (r#""parallel":2"#, "ErrInvalidOperator /parallel: `parallel` needs `segments` and no `segment`"),
        (
            r#""segments":2,"segment":0,"parallel":2"#,
            "ErrInvalidOperator /parallel: `parallel` needs `segments` and no `segment`",
        ),
        (
            r#""segments":2,"parallel":0"#,
            "ErrInvalidOperator /parallel: `parallel` is a whole number from 1 to 1000000",
        ),
        (r#""index":"by-x""#, "ErrIndexNotFound /index: unknown index `by-x` of model `Note`"),
        (
            r#""index":"by-title","consistent":true"#,
            "ErrInvalidOperator /consistent: `consistent` does not apply to `by-title`, a global index",
        ),
        (r#""filter":{"sk":{"gt":1}}"#, "ErrInvalidValue /filter/sk/gt: expected a string, got a number"),
        (r#""limit":0"#, "ErrInvalidOperator /limit: `limit` is a whole number, at least 1"),
        (
            r#""order":"asc""#,
            "ErrInvalidCall -: unknown member `order`, expected one of `op`, `model`, `index`, `filter`, `projection`, `consistent`, `limit`, `page_size`, `cursor`, `pages`, `count`, `raw`, `segments`, `segment`, `parallel`, `progress`",
        ),
    ];
    for (members, expected) in cases {
        let error = refuse(&format!(r#"{{"op":"scan","model":"Note",{members}}}"#));
        assert_eq!(said(&error), expected, "{members}");
    }
}

#[test]
fn encrypted_attributes_are_neither_filtered_nor_read() {
    let refused = |members: &str| said(&refuse(&format!(r#"{{"op":"query","model":"Secret","key":["a"],{members}}}"#)));
    for member in ["where", "filter"] {
        assert_eq!(
            refused(&format!(r#""{member}":{{"word":"x"}}"#)),
            format!(
                "ErrEncryptedFieldNotQueryable /{member}/word: encrypted attribute `word` cannot be used in filters"
            )
        );
    }
    assert_eq!(
        refused(r#""raw":false"#),
        "ErrEncryptionNotConfigured -: attribute `word` of model `Secret` is encrypted and no encryption is configured"
    );
    let scan = refuse(r#"{"op":"scan","model":"Secret","filter":{"$not":{"word":"x"}}}"#);
    assert_eq!(
        said(&scan),
        "ErrEncryptedFieldNotQueryable /filter/$not/word: encrypted attribute `word` cannot be used in filters"
    );
    assert_eq!(refuse(r#"{"op":"scan","model":"Secret"}"#).code(), Code::EncryptionNotConfigured);
    assert_eq!(refuse(r#"{"op":"wait_for","model":"Secret","key":["a",1]}"#).code(), Code::EncryptionNotConfigured);
}
