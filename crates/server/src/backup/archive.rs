//! A folder as one stream, in the format that every `tar` reads (ustar).

use std::io::{self, Read, Write};
use std::path::{Component, Path};

const BLOCK: usize = 512;

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// Writes every file below a folder.
pub(super) fn pack(folder: &Path, to: &mut impl Write) -> io::Result<()> {
    pack_below(folder, "", to)?;
    to.write_all(&[0; 2 * BLOCK])
}

fn pack_below(folder: &Path, prefix: &str, to: &mut impl Write) -> io::Result<()> {
    let mut entries: Vec<_> = std::fs::read_dir(folder)?.collect::<io::Result<_>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            pack_below(&entry.path(), &format!("{name}/"), to)?;
            continue;
        }
        let file = std::fs::File::open(entry.path())?;
        let size = file.metadata()?.len();
        to.write_all(&head(&name, size)?)?;
        let copied = io::copy(&mut file.take(size), to)?;
        if copied != size {
            return Err(broken("a file became shorter while it was read"));
        }
        to.write_all(&[0; BLOCK][..padding(size)])?;
    }
    Ok(())
}

fn padding(size: u64) -> usize {
    let rest = usize::try_from(size % 512).unwrap_or(0);
    (BLOCK - rest) % BLOCK
}

fn head(name: &str, size: u64) -> io::Result<[u8; BLOCK]> {
    // A long path is cut at a slash into its last hundred bytes and what stands before.
    let cut = if name.len() <= 100 {
        None
    } else {
        name.bytes()
            .enumerate()
            .position(|(at, byte)| byte == b'/' && name.len() - at <= 101)
    };
    let (prefix, last) = cut.map_or(("", name), |at| (&name[..at], &name[at + 1..]));
    if last.len() > 100 || prefix.len() > 155 {
        return Err(broken("a path is too long"));
    }
    let mut head = [0; BLOCK];
    head[..last.len()].copy_from_slice(last.as_bytes());
    head[100..108].copy_from_slice(b"0000600\0");
    head[108..124].copy_from_slice(b"0000000\x000000000\0");
    head[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
    head[136..148].copy_from_slice(b"00000000000\0");
    head[156] = b'0';
    head[257..265].copy_from_slice(b"ustar\x0000");
    head[345..345 + prefix.len()].copy_from_slice(prefix.as_bytes());
    let sum = checksum(&head);
    head[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    Ok(head)
}

fn checksum(head: &[u8; BLOCK]) -> u32 {
    let counted = head.iter().enumerate();
    counted
        .map(|(at, byte)| {
            u32::from(if (148..156).contains(&at) {
                b' '
            } else {
                *byte
            })
        })
        .sum()
}

fn text(bytes: &[u8]) -> io::Result<&str> {
    let end = bytes.iter().position(|byte| *byte == 0);
    std::str::from_utf8(&bytes[..end.unwrap_or(bytes.len())])
        .or(Err(broken("a name in the archive is damaged")))
}

fn octal(bytes: &[u8]) -> io::Result<u64> {
    u64::from_str_radix(text(bytes)?.trim(), 8).or(Err(broken("the archive is damaged")))
}

/// Writes every file of a stream below a folder, and nowhere else. All of the stream is read.
pub(super) fn unpack(from: &mut impl Read, folder: &Path) -> io::Result<()> {
    loop {
        let mut block = [0; BLOCK];
        from.read_exact(&mut block)?;
        if block == [0; BLOCK] {
            io::copy(from, &mut io::sink())?;
            return Ok(());
        }
        if octal(&block[148..156])? != u64::from(checksum(&block)) {
            return Err(broken("the archive is damaged"));
        }
        let (prefix, last) = (text(&block[345..500])?, text(&block[..100])?);
        let name = if prefix.is_empty() {
            last.to_owned()
        } else {
            format!("{prefix}/{last}")
        };
        let path = Path::new(&name);
        let is_below = path
            .components()
            .all(|it| matches!(it, Component::Normal(_)));
        if !is_below || block[156] != b'0' {
            return Err(broken(
                "the archive holds something other than files of a backup",
            ));
        }
        let target = folder.join(path);
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let size = octal(&block[124..136])?;
        let mut file = std::fs::File::create_new(&target)?;
        if io::copy(&mut from.by_ref().take(size), &mut file)? != size {
            return Err(broken("the archive is cut off"));
        }
        file.sync_all()?;
        let padding = u64::try_from(padding(size)).unwrap_or(0);
        io::copy(&mut from.by_ref().take(padding), &mut io::sink())?;
    }
}
