//! What a grant covers. The same question is asked before an import answers, before an effect is applied and before a
//! request leaves.

/// Whether `grant` (`name` or `name:target`) allows `capability` on `target`. `name:key=` allows reading `key` too; an
/// address allows what lies beneath it.
pub fn covers(grant: &str, capability: &str, target: Option<&str>) -> bool {
    let (name, granted) = match grant.split_once(':') {
        Some((name, granted)) => (name, Some(granted)),
        None => (grant, None),
    };
    name == capability
        && match (granted, target) {
            (_, None) => true,
            // A capability that has targets is granted by target only.
            (None, Some(_)) => false,
            (Some(granted), Some(target)) if capability == "http" => address_covers(granted, target),
            (Some(granted), Some(target)) => granted.strip_suffix('=').unwrap_or(granted) == target,
        }
}

/// `GET https://host/prefix` covers itself and what lies beneath the prefix, by whole path segments.
fn address_covers(granted: &str, target: &str) -> bool {
    let beneath = target
        .strip_prefix(granted)
        .is_some_and(|rest| rest.is_empty() || granted.ends_with('/') || rest.starts_with(['/', '?']));
    // "https://host" must not cover "https://host.evil" or "https://host@evil", nor steps upwards in any spelling.
    beneath && is_plain(target)
}

/// Nothing in it that a server or a parser of URLs would read as another address than the one that is seen.
fn is_plain(target: &str) -> bool {
    let upwards = ["/.", "%2e", "%2f", "%5c", "\\", "@"];
    let path = target.split('?').next().unwrap_or_default().to_ascii_lowercase();
    !upwards.iter().any(|step| path.contains(step))
        && !target.contains('#')
        && target.bytes().filter(|byte| *byte == b' ').count() == 1
        && target.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
}

/// Whether `METHOD https://host/path` is one that may be asked for: a host by name, no port, no query.
pub fn is_address(target: &str) -> bool {
    const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
    let Some((method, url)) = target.split_once(' ') else { return false };
    let Some(rest) = url.strip_prefix("https://") else { return false };
    let host = rest.split('/').next().unwrap_or_default();
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    METHODS.contains(&method)
        && host.contains('.')
        && host.split('.').all(label)
        // A number at the end makes it an address and not a name.
        && last.bytes().any(|byte| byte.is_ascii_lowercase())
        && !last.starts_with("0x")
        && !rest.contains('?')
        && is_plain(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_covers_its_name_and_its_target_only() {
        assert!(covers("memory", "memory", None));
        assert!(!covers("memory", "scheduling", None));
        assert!(covers("customer:member", "customer", Some("member")));
        assert!(covers("customer:member=", "customer", Some("member")));
        assert!(!covers("customer:member", "customer", Some("membership")));
        assert!(!covers("customer", "customer", Some("member")));
        assert!(covers("bookings:all", "bookings", None) && covers("bookings:all", "bookings", Some("all")));
        assert!(covers("bookings", "bookings", None) && !covers("bookings", "bookings", Some("all")));
    }

    #[test]
    fn an_address_covers_what_lies_beneath_it_and_no_look_alike() {
        let granted = "http:GET https://api.example.com/v1";
        let asks = |target: &str| covers(granted, "http", Some(target));
        for good in ["GET https://api.example.com/v1", "GET https://api.example.com/v1/rain?of=a@b&to=../x"] {
            assert!(asks(good), "{good}");
        }
        for bad in [
            "POST https://api.example.com/v1/rain",
            "GET https://api.example.com/v10",
            "GET https://api.example.com/v1/../admin",
            "GET https://api.example.com/v1/%2e%2E/admin",
            "GET https://api.example.com/v1/..%2Fadmin",
            "GET https://api.example.com/v1\\..\\admin",
            "GET https://api.example.com/v1/a b",
            "GET https://api.example.com/v1/\n",
            "GET https://api.example.com/v1/#x",
        ] {
            assert!(!asks(bad), "{bad}");
        }
        assert!(!covers("http:GET https://a.example", "http", Some("GET https://a.example.evil/")));
        assert!(!covers("http:GET https://a.example", "http", Some("GET https://a.example@evil/")));
        assert!(!covers("http:GET https://a.example", "http", Some("GET https://a.example:8443/")));
    }

    #[test]
    fn only_named_hosts_by_https_may_be_asked_for() {
        for good in ["GET https://api.example.com", "POST https://a.b-c.example/v1/x", "DELETE https://1.example/"] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "GET http://api.example.com",
            "get https://api.example.com",
            "CONNECT https://api.example.com",
            "GET https://localhost/",
            "GET https://127.0.0.1/",
            "GET https://0x7f.0.0.0x1/",
            "GET https://[::1]/",
            "GET https://api.example.com:8443/",
            "GET https://user@api.example.com/",
            "GET https://api.example.com/../",
            "GET https://api.example.com/?key=1",
            "GET https://api.example.com./",
            "GET https://",
            "https://api.example.com",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
