//! A client that costs little: one connection that stays open, one request at a time.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// One connection.
pub(super) struct Connection {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
}

impl Connection {
    /// A connection that is opened with its first request.
    pub(super) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            stream: None,
        }
    }

    /// Sends a request and gives the answer's status. After an error the next request opens a new
    /// connection.
    pub(super) async fn send(
        &mut self,
        start: &str,
        headers: &str,
        body: &[u8],
    ) -> io::Result<u16> {
        let mut stream = if let Some(stream) = self.stream.take() {
            stream
        } else {
            let stream = TcpStream::connect(self.address).await?;
            stream.set_nodelay(true)?;
            BufReader::new(stream)
        };
        let head = format!(
            "{start} HTTP/1.1\r\nHost: {}\r\n{headers}Content-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        let mut request = Vec::with_capacity(head.len() + body.len());
        request.extend_from_slice(head.as_bytes());
        request.extend_from_slice(body);
        stream.get_mut().write_all(&request).await?;
        let status = read(&mut stream).await?;
        self.stream = Some(stream);
        Ok(status)
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<u16> {
    let broken = || io::Error::new(io::ErrorKind::InvalidData, "not an HTTP answer");
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let status = line.split(' ').nth(1).and_then(|word| word.parse().ok());
    let status = status.ok_or_else(broken)?;
    let mut length = 0_u64;
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Err(broken());
        }
        if line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().or(Err(broken()))?;
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                // Our answers to reports have a length; anything else is not what is measured.
                return Err(broken());
            }
        }
    }
    let mut rest = stream.take(length);
    let read = tokio::io::copy(&mut rest, &mut tokio::io::sink()).await?;
    if read == length {
        Ok(status)
    } else {
        Err(broken())
    }
}
