//! A provider's certificates: a good one, and those that prove nothing.

use std::{path::Path, sync::Arc};

use anyhow::{Context, Result};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// How a server proves who it is.
#[derive(Clone)]
pub(crate) struct Certificates {
    pub(crate) good: TlsAcceptor,
    pub(crate) other_name: TlsAcceptor,
    pub(crate) expired: TlsAcceptor,
    pub(crate) self_signed: TlsAcceptor,
}

impl Certificates {
    /// Made for one seed; whoever trusts `authority` (a PEM file written here) believes the good one.
    pub(crate) fn make(authority: &Path) -> Result<Self> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let own = params.self_signed(&key)?;
        std::fs::write(authority, own.pem())?;
        let issuer = Issuer::new(params, key);
        let named = |name: &str| CertificateParams::new(vec![name.to_owned()]);
        let mut expired = named("127.0.0.1")?;
        (expired.not_before, expired.not_after) = (date_time_ymd(2019, 1, 1), date_time_ymd(2020, 1, 1));
        Ok(Self {
            good: signed(&named("127.0.0.1")?, Some(&issuer))?,
            other_name: signed(&named("graph.elsewhere.example")?, Some(&issuer))?,
            expired: signed(&expired, Some(&issuer))?,
            self_signed: signed(&named("127.0.0.1")?, None)?,
        })
    }
}

fn signed(params: &CertificateParams, issuer: Option<&Issuer<'_, KeyPair>>) -> Result<TlsAcceptor> {
    let key = KeyPair::generate()?;
    let certificate = match issuer {
        Some(issuer) => params.signed_by(&key, issuer)?,
        None => params.self_signed(&key)?,
    };
    let private = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg).context("a private key")?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
