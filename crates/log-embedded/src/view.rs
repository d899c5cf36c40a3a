//! What readers can see at one moment. It is shared by reference and replaced as a whole.

use crate::entry::ChannelState;
use crate::error::Failure;
use crate::memtable::Memtable;
use crate::segment::Segment;
use std::sync::Arc;
use types::ChannelId;

#[derive(Clone)]
pub(crate) struct View {
    pub(crate) active: Arc<Memtable>,
    /// Full tables that are not segments yet, oldest first; at most two.
    pub(crate) sealed: Vec<Arc<Memtable>>,
    /// Oldest first.
    pub(crate) segments: Vec<Arc<Segment>>,
}

impl View {
    /// The tables in memory, newest first.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &Arc<Memtable>> {
        std::iter::once(&self.active).chain(self.sealed.iter().rev())
    }

    /// A channel's state, from segments only.
    pub(crate) fn state_in_segments(
        &self,
        channel: &ChannelId,
    ) -> Result<Option<ChannelState>, Failure> {
        for segment in self.segments.iter().rev() {
            if let Some(entry) = segment.find(channel)? {
                return Ok(Some(entry.state));
            }
        }
        Ok(None)
    }
}
