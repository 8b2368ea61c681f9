//! Where requests go: the URL of DynamoDB in a region, or the one that the user gives.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::error::{Code, Error};

/// Domain of DynamoDB by prefix of the region, the longer prefixes first. Regions that match none are in partition `aws`.
const PARTITIONS: &[(&str, &str)] = &[
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("us-iso-", "c2s.ic.gov"),
    ("us-gov-", "amazonaws.com"),
    ("eusc-", "amazonaws.eu"),
    ("cn-", "amazonaws.com.cn"),
];

/// The place that serves DynamoDB, in the form that every HTTP client reads alike: scheme and host in lower case, the
/// scheme's own port left out, addresses in their shortest form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    url: String,
    host_from: usize,
    path_from: usize,
    region: String,
}

impl Endpoint {
    /// Finds the endpoint of a region, or takes the given one (`scheme://host[:port][/path]`).
    ///
    /// Region `local` without an endpoint is `http://localhost:8000`, as in the AWS SDKs.
    ///
    /// # Errors
    /// [`Code::Configuration`]: there is no region, it cannot be part of a host name, or the endpoint is no such URL.
    pub fn resolve(region: &str, endpoint: Option<&str>) -> Result<Endpoint, Error> {
        if region.is_empty() {
            return Err(Error::new(Code::Configuration, "no region is set").hint(
                "set `region` in the settings, or AWS_REGION in the environment; any name will do for a local endpoint",
            ));
        }
        if let Some(endpoint) = endpoint {
            check_region(region, |c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_')?;
            return given(region, endpoint);
        }
        check_region(region, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')?;
        if region == "local" {
            return given("us-east-1", "http://localhost:8000");
        }
        let domain =
            PARTITIONS.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("amazonaws.com", |row| row.1);
        Ok(Endpoint::of("https", &format!("dynamodb.{region}.{domain}"), None, "/", region))
    }

    fn of(scheme: &str, host: &str, port: Option<u16>, path: &str, region: &str) -> Endpoint {
        let standard = if scheme == "http" { 80 } else { 443 };
        let mut url = format!("{scheme}://{host}");
        if let Some(port) = port.filter(|port| *port != standard) {
            url.push_str(&format!(":{port}"));
        }
        let path_from = url.len();
        url.push_str(path);
        Endpoint { url, host_from: scheme.len() + 3, path_from, region: region.to_owned() }
    }

    /// The absolute URL to POST to.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The value of the `host` header: host, and port unless it is the scheme's own.
    pub fn host(&self) -> &str {
        &self.url[self.host_from..self.path_from]
    }

    /// The path, at least `/`.
    pub fn path(&self) -> &str {
        &self.url[self.path_from..]
    }

    /// The region to sign for.
    pub fn region(&self) -> &str {
        &self.region
    }
}

fn check_region(region: &str, allowed: impl Fn(u8) -> bool) -> Result<(), Error> {
    let edge = |c: u8| c == b'-';
    let fits = region.len() <= 63
        && region.bytes().all(allowed)
        && !region.bytes().next().is_some_and(edge)
        && !region.bytes().last().is_some_and(edge);
    if fits {
        return Ok(());
    }
    Err(Error::new(Code::Configuration, format!("`{}` is not a region", shown(region)))
        .hint("regions are written like `eu-west-1`"))
}

/// Takes an endpoint apart and puts it together again.
fn given(region: &str, text: &str) -> Result<Endpoint, Error> {
    let bad = |what: &str| {
        Error::new(Code::Configuration, format!("the endpoint `{}` {what}", without_user(text)))
            .hint("endpoints are written like `https://host`, `http://host:port` or `https://host/path`")
    };
    let (scheme, rest) = text.split_once("://").ok_or_else(|| bad("is not a URL"))?;
    let scheme = scheme.to_ascii_lowercase();
    if scheme != "http" && scheme != "https" {
        return Err(bad("has a scheme other than `http` and `https`"));
    }
    if rest.contains(['?', '#']) {
        return Err(bad("has a query or a fragment"));
    }
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if authority.contains('@') {
        return Err(bad("has a user name in it"));
    }
    let (host, port) = split_port(authority).ok_or_else(|| bad("has a port that is not a number from 1 to 65535"))?;
    let host = host_of(host).ok_or_else(|| bad("has no valid host"))?;
    if !path.bytes().all(path_byte) || path.split('/').any(|part| part == "." || part == "..") {
        return Err(bad("has a path that is not in its encoded, normal form"));
    }
    Ok(Endpoint::of(&scheme, &host, port, if path.is_empty() { "/" } else { path }, region))
}

/// Splits `host[:port]`. `None` when the port is not one.
fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let after_address = authority.rfind(']').map_or(0, |at| at + 1);
    match authority[after_address..].rfind(':') {
        None => Some((authority, None)),
        Some(colon) => {
            let digits = &authority[after_address + colon + 1..];
            let plain = !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit());
            let port = if plain {
                digits.parse().ok().filter(|port| *port != 0)?
            } else {
                return None;
            };
            Some((&authority[..after_address + colon], Some(port)))
        }
    }
}

/// A host name, an IPv4 address or a bracketed IPv6 address, in normal form.
fn host_of(host: &str) -> Option<String> {
    if let Some(inner) = host.strip_prefix('[') {
        let address: Ipv6Addr = inner.strip_suffix(']')?.parse().ok()?;
        return Some(format!("[{address}]"));
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    let label = |label: &str| {
        (1..=63).contains(&label.len()) && label.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_')
    };
    if name.len() > 253 || !name.split('.').all(label) {
        return None;
    }
    // Some clients read `127.1` or `0x7f.1` as an address, others as a name: only the four-part form is safe.
    let last = name.rsplit('.').next().unwrap_or(name);
    let hexadecimal = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    if last.bytes().all(|c| c.is_ascii_digit()) || hexadecimal.is_some_and(|h| h.bytes().all(|c| c.is_ascii_hexdigit()))
    {
        let address: Ipv4Addr = host.parse().ok()?;
        return Some(address.to_string());
    }
    Some(host.to_ascii_lowercase())
}

fn path_byte(c: u8) -> bool {
    c.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=:@%".contains(&c)
}

/// The endpoint as the user wrote it, but for a user name and password.
fn without_user(text: &str) -> String {
    let from = text.find("://").map_or(0, |at| at + 3);
    let until = text[from..].find('/').map_or(text.len(), |at| from + at);
    match text[from..until].rfind('@') {
        Some(at) => shown(&format!("{}…{}", &text[..from], &text[from + at..])),
        None => shown(text),
    }
}

/// At most 200 characters, and none that would break a line of a log.
fn shown(text: &str) -> String {
    text.chars().take(200).map(|c| if c.is_control() { '�' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(region: &str, endpoint: Option<&str>) -> (String, String, String) {
        let found = Endpoint::resolve(region, endpoint).unwrap();
        (found.url().to_owned(), found.host().to_owned(), found.path().to_owned())
    }

    #[test]
    fn every_partition_has_its_domain() {
        for (region, host) in [
            ("eu-west-1", "dynamodb.eu-west-1.amazonaws.com"),
            ("us-gov-west-1", "dynamodb.us-gov-west-1.amazonaws.com"),
            ("cn-north-1", "dynamodb.cn-north-1.amazonaws.com.cn"),
            ("us-iso-east-1", "dynamodb.us-iso-east-1.c2s.ic.gov"),
            ("us-isob-east-1", "dynamodb.us-isob-east-1.sc2s.sgov.gov"),
            ("us-isof-south-1", "dynamodb.us-isof-south-1.csp.hci.ic.gov"),
            ("eu-isoe-west-1", "dynamodb.eu-isoe-west-1.cloud.adc-e.uk"),
            ("eusc-de-east-1", "dynamodb.eusc-de-east-1.amazonaws.eu"),
            ("xx-new-9", "dynamodb.xx-new-9.amazonaws.com"),
        ] {
            assert_eq!(parts(region, None), (format!("https://{host}/"), host.into(), "/".into()), "{region}");
        }
        let local = Endpoint::resolve("local", None).unwrap();
        assert_eq!((local.url(), local.region()), ("http://localhost:8000/", "us-east-1"));
    }

    #[test]
    fn given_endpoints_are_normalised() {
        for (given, url, host) in [
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000/", "127.0.0.1:8000"),
            ("HTTP://LocalHost:80", "http://localhost/", "localhost"),
            ("https://example.com:443/a/b", "https://example.com/a/b", "example.com"),
            ("https://example.com:80/", "https://example.com:80/", "example.com:80"),
            ("http://dynamodb_local:8000/", "http://dynamodb_local:8000/", "dynamodb_local:8000"),
            ("http://[0:0::1]:8000", "http://[::1]:8000/", "[::1]:8000"),
            ("http://[::1]", "http://[::1]/", "[::1]"),
            ("http://host:08000/x%20y", "http://host:8000/x%20y", "host:8000"),
        ] {
            let found = Endpoint::resolve("fakeRegion", Some(given)).unwrap();
            assert_eq!((found.url(), found.host()), (url, host), "{given}");
            assert_eq!(found.region(), "fakeRegion");
        }
    }

    #[test]
    fn bad_endpoints_are_configuration_errors_with_a_hint() {
        for bad in [
            "",
            "localhost:8000",
            "ftp://host",
            "http://",
            "http:///path",
            "http://:8000",
            "http://host:",
            "http://host:0",
            "http://host:99999",
            "http://host:+80",
            "http://ho st",
            "http://höst",
            "http://host/a b",
            "http://host/?q",
            "http://host/#f",
            "http://user:pw@host/",
            "http://[::1",
            "http://[fe80::1%25eth0]",
            "http://127.1",
            "http://0x7f.1",
            "http://1.2.3.999",
            "http://host/a/../b",
            "http://a..b",
            "http://host\r\nx: y",
            "http://host/\n",
            "http://[::1]x:80",
        ] {
            let error = Endpoint::resolve("eu-west-1", Some(bad)).unwrap_err();
            assert_eq!(error.code(), Code::Configuration, "{bad}");
            assert!(error.details().hint.is_some(), "{bad}");
            assert!(!error.details().message.contains(['\r', '\n']), "{bad}");
        }
        let with_user = Endpoint::resolve("eu-west-1", Some("http://user:secret@host/")).unwrap_err();
        assert!(!with_user.to_string().contains("secret"), "{with_user}");
    }

    #[test]
    fn bad_regions_are_configuration_errors_with_a_hint() {
        let long = "a".repeat(64);
        for bad in ["", "EU-WEST-1", "eu west 1", "eu.west", "-a", "a-", "a/b", "é", "a\r\nb", long.as_str()] {
            let error = Endpoint::resolve(bad, None).unwrap_err();
            assert_eq!(error.code(), Code::Configuration, "{bad}");
            assert!(error.details().hint.is_some(), "{bad}");
        }
        assert!(Endpoint::resolve("a/b", Some("http://host")).is_err());
        assert!(Endpoint::resolve("", Some("http://host")).is_err());
    }
}
