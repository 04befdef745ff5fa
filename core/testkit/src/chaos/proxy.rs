//! What lies between a node and its provider: a line that delays, throttles, cuts, resets, swallows, garbles, or does
//! not prove whose it is.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::Result;
use app::tasks::Tasks;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::{chance::Chance, locked, tls::Certificates, wire};

/// How the line behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    Clear,
    Delayed,
    /// A few bytes at a time.
    Throttled,
    /// Breaks off after some bytes, of the request or of the answer.
    Cut,
    /// Nobody listens.
    Refused,
    /// Closes at once.
    Reset,
    /// Takes everything and answers nothing, for a while.
    BlackHole,
    /// Answers with bytes that are no HTTP.
    Garbage,
    /// Certificates that prove nothing: for another name, of the past, signed by nobody; or none at all.
    OtherName,
    Expired,
    SelfSigned,
    PlainText,
}

impl Line {
    pub(crate) const FAULTY: [Self; 7] =
        [Self::Delayed, Self::Throttled, Self::Cut, Self::Refused, Self::Reset, Self::BlackHole, Self::Garbage];
    pub(crate) const UNPROVEN: [Self; 4] = [Self::OtherName, Self::Expired, Self::SelfSigned, Self::PlainText];
}

/// The line in front of one provider.
pub(crate) struct Proxy {
    pub(crate) url: String,
    line: Arc<Mutex<Line>>,
}

/// What lies behind a line.
#[derive(Clone)]
struct Far {
    provider: String,
    /// When the line is to be believed only by who proves itself.
    certificates: Option<Certificates>,
    /// How often something was said to who proved nothing.
    trespassers: Arc<Mutex<u32>>,
}

impl Proxy {
    pub(crate) async fn before(
        provider: String,
        certificates: Option<Certificates>,
        trespassers: Arc<Mutex<u32>>,
        chance: Chance,
        tasks: &Arc<Tasks>,
    ) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let url = format!("{}://{address}", if certificates.is_some() { "https" } else { "http" });
        let far = Far { provider, certificates, trespassers };
        let line = Arc::new(Mutex::new(Line::Clear));
        let (shared, mut chance, own) = (Arc::clone(&line), chance, Arc::clone(tasks));
        tasks.spawn("proxy", async move {
            let (mut listener, address) = (Some(listener), address);
            loop {
                if *locked(&shared) == Line::Refused {
                    listener = None;
                } else if listener.is_none() {
                    listener = TcpListener::bind(&address).await.ok();
                }
                let Some(open) = &listener else {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                };
                let accepted = tokio::time::timeout(Duration::from_millis(50), open.accept()).await;
                let Ok(Ok((near, _))) = accepted else { continue };
                let (line, number, far) = (*locked(&shared), chance.number(), far.clone());
                own.spawn("line", async move {
                    // A line that broke is what was wanted.
                    let _broken = far.lead(near, line, Chance::new(number)).await;
                });
            }
        });
        Ok(Self { url, line })
    }

    pub(crate) fn become_like(&self, line: Line) {
        *locked(&self.line) = line;
    }
}

impl Far {
    async fn lead(&self, mut near: TcpStream, line: Line, mut chance: Chance) -> std::io::Result<()> {
        // Bad lines are good two times in five, or nothing would ever get through.
        let line = if chance.likely(40) { Line::Clear } else { line };
        let Some(certificates) = &self.certificates else { return carry(near, &self.provider, line, chance).await };
        let acceptor = match line {
            Line::OtherName => &certificates.other_name,
            Line::Expired => &certificates.expired,
            Line::SelfSigned => &certificates.self_signed,
            Line::PlainText => {
                let mut said = [0_u8; 64];
                let many = near.read(&mut said).await?;
                let request = said.get(..many).unwrap_or_default().starts_with(b"POST");
                *locked(&self.trespassers) += u32::from(request);
                return near.write_all(&wire::answer(200, "", "{\"messages\":[{\"id\":\"wamid.FALSE\"}]}")).await;
            }
            _ => return carry(certificates.good.accept(near).await?, &self.provider, line, chance).await,
        };
        // Whoever speaks on after such a proof has told a stranger our token.
        let mut stranger = acceptor.accept(near).await?;
        let told = stranger.read(&mut [0_u8; 64]).await?;
        *locked(&self.trespassers) += u32::from(told > 0);
        Ok(())
    }
}

async fn carry(
    mut near: impl AsyncRead + AsyncWrite + Unpin,
    provider: &str,
    line: Line,
    mut chance: Chance,
) -> std::io::Result<()> {
    match line {
        Line::Reset => return Ok(()),
        Line::Delayed => tokio::time::sleep(Duration::from_millis(chance.between(50, 800))).await,
        Line::Garbage => {
            let mut request = [0_u8; 512];
            let _request = near.read(&mut request).await?;
            return near.write_all(b"\x16\x03\x01 garbage \xff\xfe\r\n\r\n").await;
        }
        Line::BlackHole => {
            let mut swallowed = Vec::new();
            let swallowing = near.read_to_end(&mut swallowed);
            let _timed_out = tokio::time::timeout(Duration::from_millis(chance.between(500, 2_500)), swallowing).await;
            return Ok(());
        }
        _ => {}
    }
    let mut far = TcpStream::connect(provider).await?;
    let mut left = if line == Line::Cut { usize::try_from(chance.between(0, 1_600)).unwrap_or(0) } else { usize::MAX };
    let (mut out, mut back) = ([0_u8; 256], [0_u8; 256]);
    loop {
        tokio::select! {
            read = near.read(&mut out) => {
                let read = read?;
                if read == 0 || read > left { return Ok(()) }
                left -= read;
                far.write_all(out.get(..read).unwrap_or_default()).await?;
            }
            read = far.read(&mut back) => {
                let read = read?;
                if read == 0 || read > left { return Ok(()) }
                left -= read;
                near.write_all(back.get(..read).unwrap_or_default()).await?;
            }
        }
        if line == Line::Throttled {
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    }
}
