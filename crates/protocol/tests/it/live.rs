//! The stream of frames.

use proptest::prelude::*;
use protocol::live::{Asked, FRAME_BYTES_MAX, Frame, KEEP_ALIVE, LiveError, StreamParser};
use types::{ChannelId, Generation, Number, Position};

fn channel(byte: u8) -> ChannelId {
    ChannelId::new([byte; 16])
}

fn at(number: u64) -> Position {
    Position::new(Generation::FIRST, Number::new(number).unwrap())
}

fn asked() -> Asked {
    Asked::new(vec![(channel(1), at(4)), (channel(2), at(0))]).unwrap()
}

#[test]
fn a_request_names_each_channel_once() {
    let twice = format!("{0}:1.1,{0}:1.2", channel(1));
    assert!(twice.parse::<Asked>().is_err());
    assert!("".parse::<Asked>().is_err());
    let sixteen: Vec<_> = (1..=16).map(|byte| (channel(byte), at(0))).collect();
    assert!(Asked::new(sixteen.clone()).is_ok());
    let seventeen = [sixteen, vec![(channel(17), at(0))]].concat();
    assert_eq!(Asked::new(seventeen), Err(LiveError::TooManyChannels));
}

#[test]
fn an_id_resumes_the_stream_where_it_ended() {
    let mut moved = asked();
    moved.advance(&channel(2), at(9));
    assert_eq!(moved.id(), "1.4,1.9");
    assert_eq!(asked().after_id("1.4,1.9"), Ok(moved));
    for id in ["", "1.4", "1.4,1.9,1.0", "1.4,01.9", "1.4,1.9,"] {
        assert!(asked().after_id(id).is_err(), "{id}");
    }
}

fn frames() -> impl Strategy<Value = Frame> {
    let of = prop_oneof![Just(channel(1)), Just(channel(2))];
    let generation = (1..=u64::from(u32::MAX)).prop_map(|value| Generation::new(value).unwrap());
    let number = (0..=i64::MAX.unsigned_abs()).prop_map(|value| Number::new(value).unwrap());
    (
        of,
        generation,
        number,
        prop::collection::vec(any::<u8>(), 0..600),
        0..6,
    )
        .prop_map(
            |(channel, generation, number, message, which)| match which {
                0 => Frame::Message {
                    channel,
                    generation,
                    message: message.into(),
                },
                1 => Frame::Position {
                    channel,
                    generation,
                    number,
                },
                2 => Frame::Ahead {
                    channel,
                    generation,
                    newest: number,
                },
                3 => Frame::Trimmed {
                    channel,
                    generation,
                    oldest: number,
                },
                4 => Frame::Generation {
                    channel,
                    generation,
                },
                _ => Frame::Expiring {
                    seconds: number.get(),
                },
            },
        )
}

proptest! {
    #[test]
    fn frames_round_trip(frames in prop::collection::vec(frames(), 0..6), piece in 1..200_usize) {
        let mut stream = String::new();
        for frame in &frames {
            stream.push_str(KEEP_ALIVE);
            frame.write(&asked(), &mut stream);
        }
        let mut parser = StreamParser::new(asked());
        let mut read = Vec::new();
        for bytes in stream.as_bytes().chunks(piece) {
            read.extend(parser.push(bytes).unwrap().into_iter().map(|frame| frame.frame));
        }
        prop_assert_eq!(read, frames);
    }

    #[test]
    fn other_bytes_are_skipped_or_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = StreamParser::new(asked()).push(&bytes);
    }
}

fn check(stream: &str, refused: Option<&str>) {
    let read = StreamParser::new(asked()).push(stream.as_bytes());
    assert_eq!(read.err().map(|error| error.reason()), refused, "{stream}");
}

#[test]
fn a_frame_that_does_not_fit_the_request_is_refused() {
    let position = r#"{"channel":"AQEBAQEBAQEBAQEBAQEBAQ","generation":1,"number":5}"#;
    check(
        &format!("event: position\nid: 1.4,1.0\ndata: {position}\n\n"),
        None,
    );
    check(
        &format!("event: position\ndata: {position}\n\n"),
        Some("wrong_shape"),
    );
    check(
        &format!("event: position\nid: 1.4\ndata: {position}\n\n"),
        Some("wrong_shape"),
    );
    check(
        "event: expiring\nid: 1.4,1.0\ndata: {\"seconds\":-1}\n\n",
        Some("wrong_shape"),
    );
    check(
        "event: message\nid: 1.4,1.0\ndata: AQEBAQEBAQEBAQEBAQEBAQ:+1:AA\n\n",
        Some("wrong_shape"),
    );
    check("event: later\ndata: a frame of a later version\n\n", None);
    check("event: expiring\nid: 1.4,1.0\n\n", None);
}

#[test]
fn a_frame_without_an_end_is_refused() {
    let endless = "x".repeat(FRAME_BYTES_MAX + 1);
    check(&endless, Some("too_long"));
    check(
        &format!("data: {}\n", "x".repeat(1000)).repeat(200),
        Some("too_long"),
    );
    check(&"event: message\n".repeat(20_000), None);
}

#[test]
fn a_byte_order_mark_and_lone_returns_are_read() {
    let mut parser = StreamParser::new(asked());
    let frames = parser
        .push("\u{feff}event: expiring\rid: 1.4,1.0\rdata: {\"seconds\":60}\r\r".as_bytes())
        .unwrap();
    assert_eq!(frames.len(), 1);
    assert_eq!(frames[0].frame, Frame::Expiring { seconds: 60 });
}
