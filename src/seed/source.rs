//! Where the text of a seed comes from. It is read several times over, from its beginning, and never held as a whole.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::Path;

/// How much is read at once.
const BUFFER: usize = 64 * 1024;

/// The text of a seed.
pub(super) struct Source {
    text: Box<dyn Text>,
    bytes: u64,
}

trait Text: Read + Seek + Send {}

impl<T: Read + Seek + Send> Text for T {}

impl Source {
    /// Opens a file. What can be read only once, as a pipe, is copied to a temporary file, which nobody else can open.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        if !file.metadata()?.is_file() {
            let mut copy = tempfile::tempfile()?;
            io::copy(&mut file, &mut copy)?;
            file = copy;
        }
        Self::of_file(file)
    }

    /// A file that is open, and can be read several times.
    pub(super) fn of_file(file: File) -> io::Result<Self> {
        Ok(Self {
            bytes: file.metadata()?.len(),
            text: Box::new(file),
        })
    }

    /// A text that is in memory.
    pub(super) fn of_text(text: Vec<u8>) -> Self {
        Self {
            bytes: u64::try_from(text.len()).unwrap_or(u64::MAX),
            text: Box::new(Cursor::new(text)),
        }
    }

    /// How long the text is.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The text from its beginning; `tell` hears from time to time how many bytes have been read.
    pub(super) fn read(&mut self, tell: impl FnMut(u64)) -> io::Result<impl Read> {
        self.text.rewind()?;
        let counted = Counted {
            text: &mut self.text,
            read: 0,
            tell,
        };
        Ok(BufReader::with_capacity(BUFFER, counted))
    }
}

/// Tells how much of a text has been read.
struct Counted<'t, F> {
    text: &'t mut dyn Text,
    read: u64,
    tell: F,
}

impl<F: FnMut(u64)> Read for Counted<'_, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.text.read(buffer)?;
        self.read += u64::try_from(read).unwrap_or_default();
        (self.tell)(self.read);
        Ok(read)
    }
}
