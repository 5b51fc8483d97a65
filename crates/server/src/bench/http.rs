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
        let mut stream = self.ask(start, headers, body).await?;
        let status = read(&mut stream).await?;
        self.stream = Some(stream);
        Ok(status)
    }

    /// Asks for something that may come in pieces: the status, and how many bytes and lines it has.
    pub(super) async fn receive(
        &mut self,
        start: &str,
        headers: &str,
    ) -> io::Result<(u16, u64, u64)> {
        let mut stream = self.ask(start, headers, b"").await?;
        let (status, length) = head(&mut stream).await?;
        let (bytes, lines) = match length {
            None => pieces(&mut stream).await?,
            Some(length) => {
                let mut body = Vec::new();
                let bytes = stream.take(length).read_to_end(&mut body).await?;
                let lines = ends(&body);
                return Ok((status, bytes as u64, lines));
            }
        };
        self.stream = Some(stream);
        Ok((status, bytes, lines))
    }

    async fn ask(
        &mut self,
        start: &str,
        headers: &str,
        body: &[u8],
    ) -> io::Result<BufReader<TcpStream>> {
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
        Ok(stream)
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<u16> {
    let (status, length) = head(stream).await?;
    // Our answers to reports and pages have a length; anything else is not what is measured.
    let length = length.ok_or_else(broken)?;
    let mut rest = stream.take(length);
    let read = tokio::io::copy(&mut rest, &mut tokio::io::sink()).await?;
    if read == length {
        Ok(status)
    } else {
        Err(broken())
    }
}

fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "not an HTTP answer")
}

/// The status, and how long the body is; none where it comes in pieces.
async fn head(stream: &mut BufReader<TcpStream>) -> io::Result<(u16, Option<u64>)> {
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let status = line.split(' ').nth(1).and_then(|word| word.parse().ok());
    let status = status.ok_or_else(broken)?;
    let mut length = Some(0_u64);
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Err(broken());
        }
        if line == "\r\n" {
            return Ok((status, length));
        }
        if let Some((name, value)) = line.split_once(':') {
            if name.eq_ignore_ascii_case("content-length") {
                length = Some(value.trim().parse().or(Err(broken()))?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                length = None;
            }
        }
    }
}

/// Reads pieces until the empty one; how many bytes and lines there were.
async fn pieces(stream: &mut BufReader<TcpStream>) -> io::Result<(u64, u64)> {
    let (mut bytes, mut lines) = (0, 0);
    let (mut line, mut piece) = (String::new(), Vec::new());
    loop {
        line.clear();
        stream.read_line(&mut line).await?;
        let size = usize::from_str_radix(line.trim(), 16).or(Err(broken()))?;
        piece.resize(size + 2, 0);
        stream.read_exact(&mut piece).await?;
        if size == 0 {
            return Ok((bytes, lines));
        }
        bytes += size as u64;
        lines += ends(&piece[..size]);
    }
}

/// How many lines end in it.
fn ends(bytes: &[u8]) -> u64 {
    (bytes.split(|byte| *byte == b'\n').count() - 1) as u64
}
