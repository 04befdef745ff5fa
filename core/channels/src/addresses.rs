//! Which network addresses a URL from a message may lead to: public ones. Names are resolved once, here, and the
//! connection goes to the very addresses that were looked at, so an answer that changes in between changes nothing.

use std::net::IpAddr;

use domain::addresses::{is_public, public_only};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Resolves names and drops every address that is not public.
pub(crate) struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let public = public_only(tokio::net::lookup_host((name.as_str(), 0)).await?)?;
            let public: Addrs = Box::new(public.into_iter());
            Ok(public)
        })
    }
}

/// A host as written in a URL: an address literal must be public, a name is looked at when it is resolved.
pub(crate) fn may_be_public(host: &url::Host<&str>) -> bool {
    match host {
        url::Host::Ipv4(address) => is_public(IpAddr::V4(*address)),
        url::Host::Ipv6(address) => is_public(IpAddr::V6(*address)),
        url::Host::Domain(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_spellings_of_loopback_are_literals_and_refused() {
        for url in [
            "http://0x7f.1/",
            "http://2130706433/",
            "http://[::ffff:127.0.0.1]/",
            "http://127.1/",
            "http://user@127.0.0.1/",
        ] {
            let url = url::Url::parse(url).unwrap();
            assert!(!may_be_public(&url.host().unwrap()), "{url}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_home_leads_nowhere() {
        assert!(PublicOnly.resolve("localhost".parse().unwrap()).await.is_err());
    }
}
