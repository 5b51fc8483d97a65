//! Files that only the holder of another key can open, in the format age-encryption.org/v1 with X25519: the
//! server holds the public half, and any implementation of that format opens what it wrote.

use std::io::{self, Read, Write};

use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use hezuo_domain::time::Random;
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use x25519_dalek::{PublicKey, StaticSecret};

mod text;

use text::{base64, bech32, from_base64, from_bech32};

/// Bytes of one piece of the content.
const PIECE: usize = 64 * 1024;

/// Bytes that show whether a piece was changed.
const TAG: usize = 16;

const VERSION: &str = "age-encryption.org/v1";

/// A key that opens; it does not belong on the server.
pub struct Identity(StaticSecret);

/// What it is closed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recipient([u8; 32]);

impl Identity {
    /// A new one.
    pub fn random(random: &dyn Random) -> Self {
        let mut secret = [0; 32];
        random.fill(&mut secret);
        Self(StaticSecret::from(secret))
    }

    /// Reads `AGE-SECRET-KEY-1…`; lines that begin with `#` are left out.
    pub fn parse(text: &str) -> Option<Self> {
        let lines = text.lines().map(str::trim);
        let mut lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let (line, rest) = (lines.next()?, lines.next());
        let secret = from_bech32("age-secret-key-", line)?;
        rest.is_none().then_some(Self(StaticSecret::from(secret)))
    }

    /// As it is kept in a file.
    pub fn text(&self) -> String {
        bech32("age-secret-key-", &self.0.to_bytes()).to_uppercase()
    }

    /// Its public half.
    pub fn recipient(&self) -> Recipient {
        Recipient(PublicKey::from(&self.0).to_bytes())
    }
}

impl Recipient {
    /// Reads `age1…`.
    pub fn parse(text: &str) -> Option<Self> {
        from_bech32("age", text.trim()).map(Self)
    }

    /// As it stands in the configuration.
    pub fn text(&self) -> String {
        bech32("age", &self.0)
    }
}

/// The key of one file. Whoever has written it can read it back and forgets it then.
pub struct FileKey([u8; 16]);

fn derived(secret: &[u8], salt: &[u8], purpose: &str) -> [u8; 32] {
    let mut key = [0; 32];
    let expanded = Hkdf::<Sha256>::new(Some(salt), secret).expand(purpose.as_bytes(), &mut key);
    debug_assert!(expanded.is_ok(), "32 bytes are within HKDF's limit");
    key
}

fn wrapping_key(shared: &[u8; 32], share: &[u8; 32], recipient: &Recipient) -> [u8; 32] {
    let salt = [share.as_slice(), &recipient.0].concat();
    derived(shared, &salt, &format!("{VERSION}/X25519"))
}

fn header_mac(file_key: &FileKey, head: &str) -> Hmac<Sha256> {
    let key = derived(&file_key.0, &[], "header");
    let mut block = [0; 64];
    block[..32].copy_from_slice(&key);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    mac.update(head.as_bytes());
    mac
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

fn nonce(number: u64, last: bool) -> Nonce {
    let mut nonce = [0; 12];
    nonce[3..11].copy_from_slice(&number.to_be_bytes());
    nonce[11] = u8::from(last);
    Nonce::from(nonce)
}

/// Closes what is written through it. Without [`Closing::finish`] the file is not whole.
pub struct Closing<W> {
    to: W,
    cipher: ChaCha20Poly1305,
    piece: Vec<u8>,
    number: u64,
}

impl<W: Write> Closing<W> {
    /// Begins a file for a recipient.
    ///
    /// # Errors
    /// Those of the target.
    pub fn begin(
        mut to: W,
        recipient: &Recipient,
        random: &dyn Random,
    ) -> io::Result<(Self, FileKey)> {
        let (mut secret, mut file_key, mut salt) = ([0; 32], [0; 16], [0; 16]);
        random.fill(&mut secret);
        random.fill(&mut file_key);
        random.fill(&mut salt);
        let secret = StaticSecret::from(secret);
        let share = PublicKey::from(&secret).to_bytes();
        let shared = secret.diffie_hellman(&PublicKey::from(recipient.0));
        let key = wrapping_key(shared.as_bytes(), &share, recipient);
        let wrapped = ChaCha20Poly1305::new(&Key::from(key))
            .encrypt(&Nonce::from([0; 12]), file_key.as_slice())
            .or(Err(broken("the key of the file can't be wrapped")))?;
        let head = format!(
            "{VERSION}\n-> X25519 {}\n{}\n---",
            base64(&share),
            base64(&wrapped)
        );
        let file_key = FileKey(file_key);
        let mac = header_mac(&file_key, &head).finalize().into_bytes();
        writeln!(to, "{head} {}", base64(&mac))?;
        to.write_all(&salt)?;
        let payload = derived(&file_key.0, &salt, "payload");
        let closing = Self {
            to,
            cipher: ChaCha20Poly1305::new(&Key::from(payload)),
            piece: Vec::with_capacity(PIECE),
            number: 0,
        };
        Ok((closing, file_key))
    }

    fn close_piece(&mut self, last: bool) -> io::Result<()> {
        let nonce = nonce(self.number, last);
        let closed = self.cipher.encrypt(&nonce, self.piece.as_slice());
        self.to
            .write_all(&closed.or(Err(broken("a piece can't be closed")))?)?;
        self.number += 1;
        self.piece.clear();
        Ok(())
    }

    /// Closes the last piece and gives the target back.
    ///
    /// # Errors
    /// Those of the target.
    pub fn finish(mut self) -> io::Result<W> {
        self.close_piece(true)?;
        self.to.flush()?;
        Ok(self.to)
    }
}

impl<W: Write> Write for Closing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full piece waits for the next byte: only then is it known not to be the last.
        if self.piece.len() == PIECE && !bytes.is_empty() {
            self.close_piece(false)?;
        }
        let taken = bytes.len().min(PIECE - self.piece.len());
        self.piece.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Opens what is read through it.
pub struct Opening<R> {
    from: R,
    cipher: ChaCha20Poly1305,
    ahead: Vec<u8>,
    piece: Vec<u8>,
    at: usize,
    number: u64,
    is_over: bool,
}

fn line(from: &mut impl Read) -> io::Result<String> {
    let mut line = Vec::new();
    let mut byte = [0];
    loop {
        from.read_exact(&mut byte)?;
        if byte[0] == b'\n' {
            return String::from_utf8(line).or(Err(broken("the head of the file is damaged")));
        }
        line.push(byte[0]);
        if line.len() > 200 {
            return Err(broken("this is no file that a backup has closed"));
        }
    }
}

impl<R: Read> Opening<R> {
    /// Begins to open a file, as the holder of the key.
    ///
    /// # Errors
    /// Another key, a changed head, or no such file at all.
    pub fn begin(from: R, identity: &Identity) -> io::Result<Self> {
        Self::begin_with(from, |share, wrapped| {
            let share = <[u8; 32]>::try_from(from_base64(share)?).ok()?;
            let shared = identity.0.diffie_hellman(&PublicKey::from(share));
            let key = wrapping_key(shared.as_bytes(), &share, &identity.recipient());
            let opened = ChaCha20Poly1305::new(&Key::from(key))
                .decrypt(&Nonce::from([0; 12]), from_base64(wrapped)?.as_slice())
                .ok()?;
            Some(FileKey(opened.try_into().ok()?))
        })
    }

    /// Begins to read back what was just written.
    ///
    /// # Errors
    /// A changed head.
    pub fn begin_again(from: R, file_key: &FileKey) -> io::Result<Self> {
        Self::begin_with(from, |_, _| Some(FileKey(file_key.0)))
    }

    fn begin_with(
        mut from: R,
        unwrap: impl FnOnce(&str, &str) -> Option<FileKey>,
    ) -> io::Result<Self> {
        let (version, stanza) = (line(&mut from)?, line(&mut from)?);
        let (wrapped, last) = (line(&mut from)?, line(&mut from)?);
        let share = stanza.strip_prefix("-> X25519 ");
        let (Some(share), Some(mac), true) = (share, last.strip_prefix("--- "), version == VERSION)
        else {
            return Err(broken("this is no file that a backup has closed"));
        };
        let file_key =
            unwrap(share, &wrapped).ok_or(broken("this key does not open this backup"))?;
        let head = format!("{version}\n{stanza}\n{wrapped}\n---");
        let mac = from_base64(mac).unwrap_or_default();
        header_mac(&file_key, &head)
            .verify_slice(&mac)
            .or(Err(broken("the head of the file was changed")))?;
        let mut salt = [0; 16];
        from.read_exact(&mut salt)?;
        let payload = derived(&file_key.0, &salt, "payload");
        let mut opening = Self {
            from,
            cipher: ChaCha20Poly1305::new(&Key::from(payload)),
            ahead: Vec::new(),
            piece: Vec::new(),
            at: 0,
            number: 0,
            is_over: false,
        };
        opening.ahead = opening.read_closed()?;
        Ok(opening)
    }

    fn read_closed(&mut self) -> io::Result<Vec<u8>> {
        let mut closed = Vec::with_capacity(PIECE + TAG);
        let most = u64::try_from(PIECE + TAG).unwrap_or(u64::MAX);
        self.from.by_ref().take(most).read_to_end(&mut closed)?;
        Ok(closed)
    }

    fn open_piece(&mut self) -> io::Result<()> {
        let next = self.read_closed()?;
        let closed = std::mem::replace(&mut self.ahead, next);
        self.is_over = self.ahead.is_empty();
        let nonce = nonce(self.number, self.is_over);
        let opened = self.cipher.decrypt(&nonce, closed.as_slice());
        self.piece = opened.or(Err(broken("the file was changed, or is cut off")))?;
        self.number += 1;
        self.at = 0;
        Ok(())
    }
}

impl<R: Read> Read for Opening<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() {
            if self.is_over {
                return Ok(0);
            }
            self.open_piece()?;
        }
        let given = bytes.len().min(self.piece.len() - self.at);
        bytes[..given].copy_from_slice(&self.piece[self.at..self.at + given]);
        self.at += given;
        Ok(given)
    }
}

#[cfg(test)]
mod tests;
