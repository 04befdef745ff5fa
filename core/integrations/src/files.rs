//! Where files lie: a folder of this machine, or any store that speaks S3. Implements the Blobs port.

use std::{path::Path as Folder, sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    Secret,
    media::{BlobError, Blobs},
};
use object_store::{
    BackoffConfig, ClientOptions, ObjectStore, ObjectStoreExt as _, PutPayload, RetryConfig, aws::AmazonS3Builder,
    local::LocalFileSystem, path::Path, prefix::PrefixStore,
};

/// A bucket and who we are there. Everything but the two keys is configuration; the keys come from the environment.
#[derive(Debug, Clone, Default)]
pub struct Bucket {
    pub name: String,
    /// What stands before every key; may be empty.
    pub prefix: String,
    /// `https://s3.example.com`; empty means Amazon's own.
    pub endpoint: String,
    pub region: String,
    pub access_key_id: String,
    pub secret_access_key: Secret,
}

/// The storage.
pub struct Files {
    store: Arc<dyn ObjectStore>,
}

impl Files {
    /// In `folder`, which is made if it is not there.
    pub fn in_folder(folder: &Folder) -> Result<Self, BlobError> {
        std::fs::create_dir_all(folder).map_err(failed)?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(failed)?.with_automatic_cleanup(true);
        Ok(Self { store: Arc::new(store) })
    }

    /// In a bucket. Plain HTTP only where the endpoint's address says so.
    pub fn in_bucket(bucket: &Bucket) -> Result<Self, BlobError> {
        // The second call finds it installed already, which is as good.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let retry =
            RetryConfig { backoff: BackoffConfig::default(), max_retries: 2, retry_timeout: Duration::from_secs(20) };
        let client = ClientOptions::new()
            .with_connect_timeout(Duration::from_secs(3))
            .with_timeout(Duration::from_secs(60))
            .with_allow_http(bucket.endpoint.starts_with("http://"));
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&bucket.name)
            .with_region(if bucket.region.is_empty() { "us-east-1" } else { &bucket.region })
            .with_access_key_id(&bucket.access_key_id)
            .with_secret_access_key(bucket.secret_access_key.reveal())
            .with_client_options(client)
            .with_retry(retry);
        if !bucket.endpoint.is_empty() {
            builder = builder.with_endpoint(&bucket.endpoint);
        }
        let store = builder.build().map_err(failed)?;
        let prefix = Path::parse(&bucket.prefix).map_err(failed)?;
        Ok(Self { store: Arc::new(PrefixStore::new(store, prefix)) })
    }
}

#[async_trait]
impl Blobs for Files {
    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), BlobError> {
        let key = Path::parse(key).map_err(failed)?;
        self.store.put(&key, PutPayload::from(bytes)).await.map_err(failed)?;
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, BlobError> {
        let key = Path::parse(key).map_err(failed)?;
        match self.store.get(&key).await {
            Ok(found) => Ok(Some(found.bytes().await.map_err(failed)?.to_vec())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }
}

fn failed(error: impl std::fmt::Display) -> BlobError {
    BlobError(error.to_string())
}

#[cfg(test)]
mod tests;
