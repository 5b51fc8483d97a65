//! What stands between phones and server: a link that loses, and the planted defect of most trials, a
//! server that says "received" before it has stored.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use super::ground::{Dice, pass};

/// Reads one request whole: its head, and as many bytes as that says.
fn read_request(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut piece = [0; 16_384];
    loop {
        if let Some(end) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head.split("content-length:").nth(1)?;
            let length: usize = length.lines().next()?.trim().parse().ok()?;
            if bytes.len() >= end + 4 + length {
                return Some(bytes);
            }
        }
        match stream.read(&mut piece) {
            Ok(n) if n > 0 => bytes.extend_from_slice(&piece[..n]),
            _ => return None,
        }
    }
}

fn forward(server: &str, request: &[u8]) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect(server).ok()?;
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .ok()?;
    stream.write_all(request).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    Some(answer)
}

fn bind() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

/// Ends with its owner: the listener's thread is woken once more and sees that it is over.
pub(crate) struct Proxy {
    pub(crate) address: String,
    over: Arc<AtomicBool>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(&self.address));
    }
}

fn listen(mut take: impl FnMut(TcpStream) + Send + 'static) -> Proxy {
    let (listener, address) = bind();
    let over = Arc::new(AtomicBool::new(false));
    let is_over = Arc::clone(&over);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if is_over.load(Ordering::SeqCst) {
                return;
            }
            take(stream);
        }
    });
    Proxy { address, over }
}

/// The planted defect: acknowledges at once, and hands on afterwards, one request after the other.
pub(crate) fn hasty(server: &str) -> Proxy {
    let (queue, waiting) = mpsc::channel::<Vec<u8>>();
    let to = server.to_owned();
    std::thread::spawn(move || {
        while let Ok(request) = waiting.recv() {
            drop(forward(&to, &request));
        }
    });
    listen(move |mut stream| {
        if let Some(request) = read_request(&mut stream) {
            drop(stream.write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n"));
            drop(queue.send(request));
        }
    })
}

/// An address that stays while the process behind it is killed and listens elsewhere afterwards.
pub(crate) struct Wire {
    proxy: Proxy,
    to: Arc<Mutex<String>>,
}

impl Wire {
    /// One that leads nowhere yet.
    pub(crate) fn new() -> Self {
        let to = Arc::new(Mutex::new(String::new()));
        let target = Arc::clone(&to);
        let proxy = listen(move |stream| {
            let address = target.lock().unwrap().clone();
            if let Ok(server) = TcpStream::connect(address) {
                join(stream, server);
            }
        });
        Self { proxy, to }
    }

    pub(crate) fn address(&self) -> &str {
        &self.proxy.address
    }

    pub(crate) fn lead_to(&self, address: &str) {
        address.clone_into(&mut self.to.lock().unwrap());
    }
}

/// Hands on all bytes both ways, until either side has ended.
fn join(client: TcpStream, server: TcpStream) {
    let ways = client
        .try_clone()
        .and_then(|it| Ok((it, server.try_clone()?)));
    let Ok((mut from_client, mut to_server)) = ways else {
        return;
    };
    let (mut from_server, mut to_client) = (server, client);
    std::thread::spawn(move || {
        drop(std::io::copy(&mut from_client, &mut to_server));
        drop(to_server.shutdown(Shutdown::Write));
    });
    std::thread::spawn(move || {
        drop(std::io::copy(&mut from_server, &mut to_client));
        drop(to_client.shutdown(Shutdown::Both));
        drop(from_server.shutdown(Shutdown::Both));
    });
}

/// What a bad link does to a request.
#[derive(Debug, Default)]
pub(crate) struct Losses {
    pub(crate) unsent: AtomicU64,
    pub(crate) torn: AtomicU64,
    pub(crate) unanswered: AtomicU64,
    pub(crate) doubled: AtomicU64,
}

/// A link that loses so many of a hundred at each of its ways: before the server, in the middle of a
/// request, and the answer; and that now and then delivers a request twice. While it is cut nothing
/// passes at all.
pub(crate) struct Link {
    pub(crate) proxy: Proxy,
    pub(crate) losses: Arc<Losses>,
    pub(crate) cut: Arc<AtomicBool>,
}

pub(crate) fn lossy(server: &str, loss: u64, dice: &mut Dice) -> Link {
    let losses = Arc::new(Losses::default());
    let cut = Arc::new(AtomicBool::new(false));
    let dice = Arc::new(Mutex::new(Dice(dice.next())));
    let (server, counted, is_cut) = (server.to_owned(), Arc::clone(&losses), Arc::clone(&cut));
    let proxy = listen(move |mut stream| {
        let (server, losses, is_cut) = (server.clone(), Arc::clone(&counted), Arc::clone(&is_cut));
        let roll = {
            let mut dice = dice.lock().unwrap();
            [0; 4].map(|_: u64| dice.below(100))
        };
        std::thread::spawn(move || {
            drop(stream.set_read_timeout(Some(Duration::from_secs(20))));
            let Some(request) = read_request(&mut stream) else {
                return;
            };
            if is_cut.load(Ordering::SeqCst) || roll[0] < loss / 3 {
                losses.unsent.fetch_add(1, Ordering::Relaxed);
                return;
            }
            if roll[1] < loss / 3 {
                losses.torn.fetch_add(1, Ordering::Relaxed);
                if let Ok(mut half) = TcpStream::connect(&server) {
                    drop(half.write_all(&request[..request.len() * 2 / 3]));
                    drop(half.shutdown(Shutdown::Both));
                }
                return;
            }
            if roll[3] < 10 {
                losses.doubled.fetch_add(1, Ordering::Relaxed);
                drop(forward(&server, &request));
            }
            let answer = forward(&server, &request);
            // The wait of a link lets the answers of several phones overtake each other.
            pass(Duration::from_millis(roll[3] / 10));
            if is_cut.load(Ordering::SeqCst) || roll[2] < loss / 3 {
                losses.unanswered.fetch_add(1, Ordering::Relaxed);
            } else if let Some(answer) = answer {
                drop(stream.write_all(&answer));
            }
        });
    });
    Link { proxy, losses, cut }
}
