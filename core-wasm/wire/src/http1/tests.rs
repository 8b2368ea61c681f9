use proptest::prelude::*;

use super::*;

/// What a reply comes to: status, whether the connection is kept, head, body.
type Plain = (u16, bool, Vec<u8>, Vec<u8>);

fn plain(answer: &Answer) -> Plain {
    (answer.status, answer.keep, answer.head().to_vec(), answer.body().to_vec())
}

/// Hands in the pieces, and the end of the connection behind them when the reply is not complete by then.
fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Plain, Fault> {
    let mut reading = Reading::default();
    for piece in pieces {
        if let Progress::Whole(answer) = reading.received(piece.to_vec())? {
            return Ok(plain(&answer));
        }
    }
    match reading.ended()? {
        Progress::Whole(answer) => Ok(plain(&answer)),
        Progress::More(_) => panic!("nothing comes after the end"),
    }
}

fn whole(reply: &str) -> Result<Plain, Fault> {
    read([reply.as_bytes()])
}

/// Replies that are fine, each with its status, whether its connection is kept, and its body.
const GOOD: &[(&str, u16, bool, &str)] = &[
    ("HTTP/1.1 200 OK\r\nServer: Server\r\nContent-Length: 2\r\nx-amz-crc32: 2745614147\r\n\r\n{}", 200, true, "{}"),
    ("HTTP/1.1 400 \r\ncontent-length:0\r\n\r\n", 400, true, ""),
    ("HTTP/1.1 200\ncontent-length: 2\n\n{}", 200, true, "{}"),
    ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nContent-Length: 02\r\n\r\n{}", 200, true, "{}"),
    ("HTTP/1.1 200 OK\r\ncontent-length: 2, 2\r\n\r\n{}", 200, true, "{}"),
    ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\n{}", 200, true, "{}"),
    ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nConnection: x, Close\r\n\r\n{}", 200, false, "{}"),
    ("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\n{}", 200, false, "{}"),
    ("HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\n{}", 200, false, "{}"),
    ("HTTP/1.1 200 OK\r\n\r\n{}", 200, false, "{}"),
    ("HTTP/1.1 500 no\r\nx: y\r\n\r\n", 500, false, ""),
    ("HTTP/1.1 204 none\r\n\r\n", 204, true, ""),
    ("HTTP/1.1 304 same\r\ncontent-length: 10\r\n\r\n", 304, true, ""),
    ("HTTP/1.1 204 none\r\ntransfer-encoding: chunked\r\n\r\n", 204, true, ""),
    (
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
        200,
        true,
        "{}",
    ),
    ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 200, true, "{}"),
    (
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n1;a=b\r\n{\r\n009 ; c=\"d\"\r\n\"a\":\"b\",\"\r\n6\r\nc\":1}\n\r\n0;x\r\nt: 1\r\nu: 2\r\n\r\n",
        200,
        true,
        "{\"a\":\"b\",\"c\":1}\n",
    ),
    ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 200, true, ""),
    (
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n4\r\n\r\n\r\n\r\n0\r\nt: 1\n\n",
        200,
        false,
        "\r\n\r\n",
    ),
];

#[test]
fn every_split_gives_the_same_reply() {
    for (reply, status, keep, body) in GOOD {
        let reply = reply.as_bytes();
        let expected = read([reply]).unwrap();
        assert_eq!((expected.0, expected.1, str::from_utf8(&expected.3).unwrap()), (*status, *keep, *body));
        for at in 0..=reply.len() {
            assert_eq!(read([&reply[..at], &reply[at..]]).as_ref(), Ok(&expected), "split at {at}");
            for behind in at..=reply.len() {
                let pieces = [&reply[..at], &reply[at..behind], &reply[behind..]];
                assert_eq!(read(pieces).as_ref(), Ok(&expected), "split at {at} and {behind}");
            }
        }
        assert_eq!(read(reply.chunks(1)).as_ref(), Ok(&expected), "byte by byte");
    }
}

#[test]
fn a_reply_is_not_complete_before_its_last_byte() {
    for (reply, ..) in GOOD.iter().filter(|(_, _, keep, _)| *keep) {
        for at in 0..reply.len() {
            assert!(whole(&reply[..at]).is_err(), "{reply:?} cut at {at}");
        }
    }
}

#[test]
fn bytes_behind_a_reply_end_its_connection_and_are_no_part_of_it() {
    for (reply, ..) in GOOD.iter().filter(|(_, _, keep, _)| *keep) {
        let expected = whole(reply).unwrap();
        let longer = format!("{reply}HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        let (status, keep, head, body) = whole(&longer).unwrap();
        assert_eq!((status, head, body), (expected.0, expected.2, expected.3));
        assert!(!keep, "{reply:?}");
    }
}

#[test]
fn the_head_is_the_header_lines_alone() {
    let head = |reply: &str| String::from_utf8(whole(reply).unwrap().2).unwrap();
    assert_eq!(head(GOOD[2].0), "content-length: 2\n");
    assert_eq!(head("HTTP/1.1 204 none\r\n\r\n"), "");
    assert_eq!(head("HTTP/1.1 204 none\n\n"), "");
    assert_eq!(head("HTTP/1.1 204 none\na: 1\r\n\n"), "a: 1\r\n");
    assert_eq!(head("HTTP/1.1 100 x\r\na: 1\r\n\r\nHTTP/1.1 204 none\r\nb: 2\r\nc:\r\n\r\n"), "b: 2\r\nc:\r\n");
}

#[test]
fn what_is_missing_is_told() {
    let mut reading = Reading::default();
    assert!(!reading.started());
    let mut more = |bytes: &str| match reading.received(bytes.into()) {
        Ok(Progress::More(missing)) => missing,
        other => panic!("{other:?}"),
    };
    assert_eq!(more(""), 0);
    assert_eq!(more("HTTP/1.1 200 OK\r\ncontent-"), 0);
    assert_eq!(more("length: 1000\r\n\r\n"), 1000);
    assert_eq!(more("x"), 999);
    assert!(reading.started());

    let mut reading = Reading::default();
    let mut more = |bytes: &str| match reading.received(bytes.into()) {
        Ok(Progress::More(missing)) => missing,
        other => panic!("{other:?}"),
    };
    assert_eq!(more("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"), 0);
    assert_eq!(more("a\r\n"), 10 + 7);
    assert_eq!(more("0123456789"), 7);
    assert_eq!(more("\r"), 6);
    assert_eq!(more("\n"), 0);
    assert_eq!(more("0\r\n"), 0);
    assert_eq!(more("trailer: "), 0);
    assert!(matches!(reading.received(b"\r\n\r\n".to_vec()), Ok(Progress::Whole(_))));
}

#[test]
fn the_first_piece_is_taken_over() {
    let reply = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_vec();
    let place = reply.as_ptr();
    let Ok(Progress::Whole(answer)) = Reading::default().received(reply) else { panic!() };
    assert_eq!(answer.bytes.as_ptr(), place);
}

#[test]
fn nothing_comes_after_the_reply() {
    let mut reading = Reading::default();
    assert!(matches!(reading.received(GOOD[0].0.into()), Ok(Progress::Whole(_))));
    assert!(reading.started());
    assert_eq!(reading.received(b"x".to_vec()), Err(OVER));
    assert_eq!(reading.ended(), Err(OVER));
    let mut reading = Reading::default();
    assert!(reading.received(b"x".to_vec()).is_err());
    assert_eq!(reading.received(GOOD[0].0.into()), Err(OVER));
}

#[test]
fn replies_that_are_cut_off() {
    for (reply, fault) in [
        ("", "the connection was closed without a reply"),
        ("HTTP/1.1 200 OK\r\nconte", "the connection was closed within the head of the reply"),
        ("HTTP/1.1 100 Continue\r\n\r\n", "the connection was closed within the head of the reply"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}", "the connection was closed within the body of the reply"),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n",
            "the connection was closed within the body of the reply",
        ),
    ] {
        assert_eq!(whole(reply), Err(Fault(fault)), "{reply:?}");
    }
}

fn chunks(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{body}")
}

fn lines(lines: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\n0\r\n\r\n")
}

/// Replies that no connection may bring, each with a part of what is said of it.
fn bad() -> Vec<(String, &'static str)> {
    let long = "x".repeat(MAX_HEAD);
    let many = "x: y\r\n".repeat(MAX_HEADERS + 1);
    let hints = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(usize::from(MAX_INTERIM) + 1);
    let some_hints = format!("HTTP/1.1 103 Early Hints\r\nx: {}\r\n\r\n", "x".repeat(MAX_HEAD / 4)).repeat(4);
    let mut bad: Vec<(String, &str)> = Vec::new();
    for reply in [
        "SSH-2.0-OpenSSH_9.2\r\n",
        "\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        "HTTP/2 200\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.2 200 OK\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 099 OK\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 2000 OK\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1  200 OK\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 ok\r\ncontent-length: 0\r\n\r\n",
        "\u{16}\u{3}\u{1}",
        "{}",
    ] {
        bad.push((reply.to_owned(), "is not HTTP/1.1"));
    }
    for head in ["no colon", ": no name", "space : before", "x: y\r\n folded: z", "x: a\0b", "x: a\rb"] {
        bad.push((lines(&format!("{head}\r\ncontent-length: 0")), "malformed header line"));
    }
    for length in ["", "-1", "+1", "1 2", "0x10", "1,", "1;2", "1.0", "９"] {
        bad.push((lines(&format!("content-length: {length}")), "not a number"));
    }
    for length in ["1, 2", "1\r\nContent-Length: 2", "1, 1, 01, 3"] {
        bad.push((lines(&format!("content-length: {length}")), "two different"));
    }
    for length in ["67108865", "4294967297", "18446744073709551616", "99999999999999999999999999"] {
        bad.push((lines(&format!("content-length: {length}")), "body of the reply is too long"));
    }
    for encoding in
        ["gzip", "gzip, chunked", "chunked, chunked", "identity", "", "chunked\r\ntransfer-encoding: chunked"]
    {
        bad.push((lines(&format!("transfer-encoding: {encoding}")), "other than `chunked`"));
    }
    for size in ["", "g", "-1", "+1", " 1", "0x1", "1 1", "11111111111111111", "1\n{\r\n", "1;a\n{\r\n", "1;\r{\r\n"] {
        bad.push((chunks(&format!("{size}\r\n{{\r\n0\r\n\r\n")), "malformed chunk size"));
    }
    for size in ["4000001", "fffffff", "ffffffffffffffff", "1\r\nx\r\n4000000"] {
        bad.push((chunks(&format!("{size}\r\n{{\r\n0\r\n\r\n")), "body of the reply is too long"));
    }
    bad.push((chunks(&format!("1;{long}\r\n{{\r\n0\r\n\r\n")), "too long"));
    bad.push((chunks(&format!("0\r\nx: {long}\r\n\r\n")), "too long"));
    bad.push((chunks(&format!("0\r\n{}", "x: y\r\n".repeat(MAX_HEAD / 6 + 1))), "too long"));
    bad.push((chunks("1\r\n{}\r\n0\r\n\r\n"), "longer than its size"));
    bad.push((chunks("1\r\n{\n0\r\n\r\n"), "longer than its size"));
    bad.push((lines("content-length: 5\r\ntransfer-encoding: chunked"), "both"));
    bad.push((lines("transfer-encoding: chunked\r\ncontent-length: 5"), "both"));
    bad.push((chunks("0\r\n\r\n").replace("HTTP/1.1", "HTTP/1.0"), "chunked and not HTTP/1.1"));
    bad.push((lines(&format!("x: {long}")), "head of the reply is too long"));
    bad.push((format!("HTTP/1.1 200 OK\r\nx: {long}"), "head of the reply is too long"));
    bad.push((format!("{some_hints}{}", GOOD[0].0), "head of the reply is too long"));
    bad.push((lines(&format!("{many}content-length: 0")), "too many header lines"));
    bad.push(("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n".into(), "changes the protocol"));
    bad.push((format!("{hints}{}", GOOD[0].0), "too many interim"));
    bad
}

#[test]
fn what_is_doubtful_is_refused() {
    for (reply, part) in bad() {
        let shown: String = reply.chars().take(120).collect();
        let fault = whole(&reply).unwrap_err();
        assert!(fault.to_string().contains(part), "{shown:?}: {fault}");
        assert!(!fault.0.contains("closed within"), "{shown:?} is refused before its end");
        let halves = reply.as_bytes().split_at(reply.len() / 2);
        assert!(read([halves.0, halves.1]).is_err(), "{shown:?} in halves");
        assert!(read(reply.as_bytes().chunks(1)).is_err(), "{shown:?} byte by byte");
    }
}

#[test]
fn limits_are_exact() {
    let head = |length: usize| {
        let rest = "HTTP/1.1 204 none\r\nx: \r\n\r\n".len();
        format!("HTTP/1.1 204 none\r\nx: {}\r\n\r\n", "x".repeat(length - rest))
    };
    assert_eq!(whole(&head(MAX_HEAD)).unwrap().0, 204);
    assert!(whole(&head(MAX_HEAD + 1)).is_err());
    assert_eq!(read(head(MAX_HEAD).as_bytes().chunks(1000)).unwrap().0, 204);
    assert!(read(head(MAX_HEAD + 1).as_bytes().chunks(1000)).is_err());
    let many = |count: usize| format!("HTTP/1.1 204 none\r\n{}\r\n", "x: y\r\n".repeat(count));
    assert_eq!(whole(&many(MAX_HEADERS)).unwrap().0, 204);
    assert!(whole(&many(MAX_HEADERS + 1)).is_err());
    let hints = |count: u8| format!("{}{}", "HTTP/1.1 100 x\r\n\r\n".repeat(usize::from(count)), GOOD[0].0);
    assert_eq!(whole(&hints(MAX_INTERIM)).unwrap().0, 200);
    assert!(whole(&hints(MAX_INTERIM + 1)).is_err());
}

#[test]
fn the_longest_body_of_each_framing() {
    let piece = vec![b'x'; 1 << 20];
    let count = MAX_BODY >> 20;
    let mut sized = Reading::default();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {MAX_BODY}\r\n\r\n");
    assert_eq!(sized.received(head.into_bytes()), Ok(Progress::More(MAX_BODY as u32)));
    let mut open = Reading::default();
    assert_eq!(open.received(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()), Ok(Progress::More(0)));
    let mut chunked = Reading::default();
    assert_eq!(chunked.received(chunks("").into_bytes()), Ok(Progress::More(0)));
    for nth in 1..=count {
        let progress = sized.received(piece.clone()).unwrap();
        assert_eq!(matches!(progress, Progress::Whole(_)), nth == count);
        assert_eq!(open.received(piece.clone()), Ok(Progress::More(0)));
        chunked.received(b"100000\r\n".to_vec()).unwrap();
        chunked.received(piece.clone()).unwrap();
        chunked.received(b"\r\n".to_vec()).unwrap();
    }
    assert!(open.received(b"x".to_vec()).is_err());
    assert!(chunked.received(b"1\r\n".to_vec()).is_err());
}

#[test]
fn messages() {
    let endpoint = |text| Endpoint::resolve("eu-west-1", text).unwrap();
    assert_eq!(
        message(&endpoint(None), "a: b\r\nc: d\r\n", "{}"),
        "POST / HTTP/1.1\r\nhost: dynamodb.eu-west-1.amazonaws.com\r\na: b\r\nc: d\r\ncontent-length: 2\r\n\r\n{}"
    );
    let body = "é".repeat(6000);
    let text = message(&endpoint(Some("http://127.0.0.1:8000/a/b")), "", &body);
    assert_eq!(text, format!("POST /a/b HTTP/1.1\r\nhost: 127.0.0.1:8000\r\ncontent-length: 12000\r\n\r\n{body}"));
    assert_eq!(text.capacity(), text.len());
    for number in [0, 9, 10, 4711, usize::MAX] {
        assert_eq!(decimal(number, &mut [0; 20]), number.to_string());
    }
}

/// Cuts `bytes` at places that follow from `sizes`, taken in turn.
fn pieces<'a>(bytes: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let mut rest = bytes;
    let mut pieces = Vec::new();
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, behind) = rest.split_at((*size).min(rest.len()));
        pieces.push(piece);
        rest = behind;
    }
    pieces
}

/// Bytes that often look like a part of a reply.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    const WORDS: &[&str] = &[
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 103 x\r\n\r\n",
        "HTTP/1.0 204\n",
        "content-length: ",
        "transfer-encoding: chunked\r\n",
        "connection: close\r\n",
        "\r\n",
        "\r\n\r\n",
        "\n",
        "\r",
        "0",
        "5",
        "a;",
        ": ",
        ",",
        "0\r\n\r\n",
        "{\"a\":1}",
        "\0",
    ];
    let word = prop_oneof![
        8 => prop::sample::select(WORDS).prop_map(|word| word.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..20),
    ];
    (any::<bool>(), prop::collection::vec(word, 0..30)).prop_map(|(opened, words)| {
        let mut bytes = if opened { b"HTTP/1.1 200 OK\r\n".to_vec() } else { Vec::new() };
        bytes.extend(words.concat());
        bytes
    })
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces(bytes in bytes(), sizes in prop::collection::vec(1usize..40, 1..20)) {
        let at_once = read([&bytes[..]]);
        let in_pieces = read(pieces(&bytes, &sizes));
        match (at_once, in_pieces) {
            // Whether more came behind the reply shows only when it came with the reply.
            (Ok(one), Ok(other)) => {
                prop_assert_eq!((one.0, &one.2, &one.3), (other.0, &other.2, &other.3));
                prop_assert!(!one.1 || other.1);
            }
            (Err(_), Err(_)) => {}
            (one, other) => prop_assert!(false, "{one:?}\n{other:?}"),
        }
    }

    #[test]
    fn any_body_in_any_chunks(
        body in prop::collection::vec(any::<u8>(), 0..5000),
        sizes in prop::collection::vec(1usize..700, 1..20),
        cuts in prop::collection::vec(1usize..300, 1..20),
        trailer in prop_oneof![Just(""), Just("x: y\r\n")],
    ) {
        let mut reply = chunks("").into_bytes();
        for chunk in pieces(&body, &sizes) {
            reply.extend(format!("{:x};n={}\r\n", chunk.len(), chunk.len()).into_bytes());
            reply.extend(chunk);
            reply.extend(b"\r\n");
        }
        reply.extend(format!("0\r\n{trailer}\r\n").into_bytes());
        let found = read(pieces(&reply, &cuts));
        prop_assert_eq!(found, Ok((200, true, b"transfer-encoding: chunked\r\n".to_vec(), body)));
    }
}
