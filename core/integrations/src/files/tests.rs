//! The same promises of a folder and of a bucket behind a small server that speaks S3.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::*;

const KEY: &str = "018f0000000070008000000000000001/ab/abcdef";

async fn keeps_its_promises(files: &Files) {
    assert_eq!(files.get(KEY).await.unwrap(), None);
    files.put(KEY, b"sealed".to_vec()).await.unwrap();
    files.put(KEY, b"sealed".to_vec()).await.unwrap();
    assert_eq!(files.get(KEY).await.unwrap().as_deref(), Some(&b"sealed"[..]));
}

#[tokio::test]
async fn a_folder_keeps_what_it_is_given_and_nothing_outside_itself() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("files");
    let files = Files::in_folder(&inside).unwrap();
    keeps_its_promises(&files).await;
    for key in ["../outside", "a/../../outside", "/etc/passwd/../x", ""] {
        // Refused or kept inside; never beside the folder.
        let _outcome = files.put(key, b"x".to_vec()).await;
    }
    let beside: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(beside, ["files"]);
}

#[tokio::test]
async fn a_bucket_keeps_what_it_is_given_under_its_prefix() {
    let objects = Arc::new(Mutex::new(BTreeMap::new()));
    let endpoint = serve(Arc::clone(&objects)).await;
    let bucket = Bucket {
        name: "desk".into(),
        prefix: "media".into(),
        endpoint,
        access_key_id: "id".into(),
        secret_access_key: Secret::new("secret"),
        ..Bucket::default()
    };
    let files = Files::in_bucket(&bucket).unwrap();
    keeps_its_promises(&files).await;
    files.put(KEY, b"sealed".to_vec()).await.unwrap();
    let keys: Vec<String> = objects.lock().unwrap().keys().cloned().collect();
    assert_eq!(keys, [format!("/desk/media/{KEY}")]);
}

#[tokio::test]
async fn a_bucket_that_is_not_there_is_a_failure_and_not_an_absence() {
    let bucket = Bucket {
        name: "desk".into(),
        endpoint: "http://127.0.0.1:9".into(),
        access_key_id: "id".into(),
        ..Bucket::default()
    };
    assert!(Files::in_bucket(&bucket).unwrap().get(KEY).await.is_err());
}

type Objects = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// As much of S3 as is needed: signed PUT and GET, one request a connection.
async fn serve(objects: Objects) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(answer(socket, Arc::clone(&objects)));
        }
    });
    endpoint
}

async fn answer(mut socket: TcpStream, objects: Objects) {
    let (mut bytes, mut part) = (Vec::new(), vec![0; 65_536]);
    let (head, body) = loop {
        let count = socket.read(&mut part).await.unwrap();
        bytes.extend_from_slice(&part[..count]);
        let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
            assert!(count > 0, "half a request");
            continue;
        };
        let head = String::from_utf8_lossy(&bytes[..at]).into_owned();
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
        if bytes.len() >= at + 4 + length.unwrap_or(0) {
            break (head, bytes[at + 4..].to_vec());
        }
    };
    let mut words = head.split(' ');
    let (verb, path) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
    let path = path.split('?').next().unwrap().to_owned();
    let signed = head.to_ascii_lowercase().contains("authorization: aws4-hmac-sha256 credential=id/");
    let (status, body) = {
        let mut objects = objects.lock().unwrap();
        match verb.as_str() {
            _ if !signed => ("403 Forbidden", Vec::new()),
            "PUT" => {
                objects.insert(path, body);
                ("200 OK", Vec::new())
            }
            "GET" => objects.get(&path).map_or(("404 Not Found", Vec::new()), |found| ("200 OK", found.clone())),
            _ => ("405 Method Not Allowed", Vec::new()),
        }
    };
    let head = format!(
        "HTTP/1.1 {status}\r\netag: \"1\"\r\nlast-modified: Mon, 02 Mar 2026 15:00:00 GMT\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let _gone = socket.write_all(&[head.into_bytes(), body].concat()).await;
}
