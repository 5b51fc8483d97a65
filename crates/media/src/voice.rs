//! Voice clips: the packets of the first sound track in a container of our own making.

use std::io::Cursor;
use std::panic::catch_unwind;

use hezuo_domain::Code;
use symphonia::core::audio::Channels;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::{CODEC_ID_AAC, CODEC_ID_OPUS};
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::default::formats::{IsoMp4Reader, MkvReader, OggReader};

use crate::{MAX_VOICE, Safe, aac, opus};

/// Longest clip, in seconds: a recorder stops after sixty, but a slow phone may be late.
pub(crate) const MAX_SECONDS: u64 = 120;
/// More packets than this are no voice: the shortest of Opus lasts a four-hundredth of a second.
const MAX_PACKETS: usize = 400 * 120;

/// The containers that phones record into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Container {
    WebM,
    Ogg,
    Mp4,
    /// What we make of AAC: it comes again where an envelope is opened.
    Adts,
}

/// Tells a container by its first bytes.
pub(crate) fn container(bytes: &[u8]) -> Option<Container> {
    let at = |range: std::ops::Range<usize>| bytes.get(range).unwrap_or_default();
    if at(0..4) == b"\x1a\x45\xdf\xa3" {
        return Some(Container::WebM);
    }
    if at(0..4) == b"OggS" {
        return Some(Container::Ogg);
    }
    if bytes.first() == Some(&0xff) && bytes.get(1).is_some_and(|it| it & 0xf6 == 0xf0) {
        return Some(Container::Adts);
    }
    let is_mp4 = at(4..8) == b"ftyp";
    let brand = at(8..12);
    let is_picture = [&b"avif"[..], b"avis", b"heic", b"heix", b"mif1", b"msf1"].contains(&brand);
    (is_mp4 && !is_picture).then_some(Container::Mp4)
}

/// A track of sound, still as its encoder made it.
struct Track {
    parameters: AudioCodecParameters,
    packets: Vec<Box<[u8]>>,
}

/// Takes the sound out of a container and puts it into ours.
///
/// # Errors
/// `upload.not_a_voice_clip`, `upload.too_large`.
pub(crate) fn rewrite(container: Container, bytes: &[u8]) -> Result<Safe, Code> {
    if bytes.len() > MAX_VOICE {
        return Err(Code::UploadTooLarge);
    }
    let track = match container {
        Container::WebM => read(bytes, MkvReader::try_new),
        Container::Ogg => read(bytes, OggReader::try_new),
        Container::Mp4 => read(bytes, IsoMp4Reader::try_new),
        Container::Adts => return aac::again(bytes),
    }?;
    let parameters = &track.parameters;
    match parameters.codec {
        CODEC_ID_OPUS => {
            let channels = parameters.channels.as_ref().map_or(1, Channels::count);
            opus::rewrite(channels, &track.packets)
        }
        CODEC_ID_AAC => aac::rewrite(
            parameters.extra_data.as_deref().unwrap_or_default(),
            &track.packets,
        ),
        _ => Err(Code::NotAVoiceClip),
    }
}

/// How a reader of containers begins.
type Open<R> = fn(MediaSourceStream<'static>, FormatOptions) -> symphonia::core::errors::Result<R>;

/// Reads with somebody else's reader. It counts on sound numbers in a container, and panics over some that are not.
fn read<R: FormatReader + 'static>(bytes: &[u8], open: Open<R>) -> Result<Track, Code> {
    let read = catch_unwind(|| {
        let reader = open(stream(bytes), FormatOptions::default());
        track(Box::new(reader.or(Err(Code::NotAVoiceClip))?))
    });
    read.unwrap_or(Err(Code::NotAVoiceClip))
}

fn stream(bytes: &[u8]) -> MediaSourceStream<'static> {
    let source = Box::new(Cursor::new(bytes.to_vec()));
    MediaSourceStream::new(source, MediaSourceStreamOptions::default())
}

fn track(mut reader: Box<dyn FormatReader>) -> Result<Track, Code> {
    let sound = reader.tracks().iter().find_map(|track| {
        let Some(CodecParameters::Audio(parameters)) = &track.codec_params else {
            return None;
        };
        Some((track.id, parameters.clone()))
    });
    let (id, parameters) = sound.ok_or(Code::NotAVoiceClip)?;
    let mut packets = vec![];
    let mut read = 0;
    // A recording that breaks off is kept as far as it goes: a phone's battery may have ended it.
    while let Ok(Some(packet)) = reader.next_packet() {
        read += 1;
        if read > MAX_PACKETS {
            return Err(Code::UploadTooLarge);
        }
        if packet.track_id == id {
            packets.push(packet.data);
        }
    }
    Ok(Track {
        parameters,
        packets,
    })
}
