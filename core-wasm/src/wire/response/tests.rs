use super::*;

#[test]
fn a_whole_answer_is_accepted() {
    let body = b" {\"Item\":{\"pk\":{\"S\":\"\xc3\xa4\"}}}\n";
    let head = format!("x-amzn-requestid: R1\r\nx-amz-crc32: {}\r\n", crc32fast::hash(body));
    let accepted = accept("GetItem", 200, head.as_bytes(), body).unwrap();
    assert_eq!((accepted.body.as_bytes(), accepted.request_id), (&body[..], Some("R1")));
    assert_eq!(accept("PutItem", 200, b"", b"{}").unwrap().request_id, None);
}
