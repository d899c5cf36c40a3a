//! The page's end of the way to the core.

use super::app_script::call;
use super::ceremonies::perform;
use crate::app::{App, Asking, Phase};
use crate::browser::spawn;
use crate::link::{Ask, FRESH_MAX, News, Prompt, Question, Reply, ToCore, ToPage, read};
use crate::model::Failure;
use futures_channel::oneshot;
use futures_util::FutureExt as _;
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{MessageEvent, Worker};

/// The questions of this page.
#[derive(Default)]
struct Questions {
    worker: RefCell<Option<Worker>>,
    /// What was asked before the core could answer it.
    early: RefCell<Vec<ToCore>>,
    is_ready: Cell<bool>,
    /// The question that opens the passbook, until it is answered.
    opening: Cell<Option<u32>>,
    is_open: Cell<bool>,
    newest: Cell<u32>,
    waiting: RefCell<BTreeMap<u32, Waiting>>,
}

/// A question that is not answered yet.
struct Waiting {
    done: oneshot::Sender<Result<String, Failure>>,
    /// The question, for the core that follows when this one is ended. `None` if it is about the lock: then nobody asks again.
    again: Option<String>,
}

thread_local! {
    static QUESTIONS: Rc<Questions> = Rc::default();
}

/// The way to the core of this page.
pub(crate) fn asking() -> Asking {
    let questions = QUESTIONS.with(Rc::clone);
    Rc::new(move |ask| questions.clone().ask(ask).boxed_local())
}

/// Ends the core, whatever it does, so that another tab can lead.
pub(crate) fn end_core() {
    let questions = QUESTIONS.with(Rc::clone);
    if let Some(worker) = questions.worker.take() {
        worker.terminate();
    }
    questions.is_ready.set(false);
    questions.is_open.set(false);
    questions.opening.set(None);
    questions.early.borrow_mut().clear();
    let waiting = questions.waiting.take();
    for (id, waiting) in waiting {
        // Without an answer, whoever waits hears that the core has ended.
        let Some(text) = &waiting.again else { continue };
        if let Ok(question) = read(text) {
            let question = ToCore::Question(question);
            questions.early.borrow_mut().push(question);
            questions.waiting.borrow_mut().insert(id, waiting);
        }
    }
}

/// Starts the core in a worker. What was asked before is asked then.
pub(crate) fn start_core(app: App) {
    let questions = QUESTIONS.with(Rc::clone);
    let worker = call("startWorker").and_then(|worker| worker.dyn_into::<Worker>().ok());
    let Some(worker) = worker else {
        app.phase.set(Phase::Gone("unsupported".to_owned()));
        return;
    };
    let hearing = questions.clone();
    let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let text = event.data().as_string().unwrap_or_default();
        if let Ok(message) = read(&text) {
            hearing.hear(app, message);
        }
    });
    worker.set_onmessage(Some(listener.into_js_value().unchecked_ref()));
    *questions.worker.borrow_mut() = Some(worker);
}

impl Questions {
    async fn ask(self: Rc<Self>, ask: Ask) -> Result<String, Failure> {
        let id = self.newest.get() + 1;
        self.newest.set(id);
        let (done, answer) = oneshot::channel();
        if matches!(ask, Ask::Open { .. }) {
            self.opening.set(Some(id));
        }
        let needs_the_passbook = ask.needs_the_passbook();
        let question = Question { id, ask };
        let again = needs_the_passbook.then(|| serde_json::to_string(&question).ok());
        let again = again.flatten();
        self.waiting
            .borrow_mut()
            .insert(id, Waiting { done, again });
        self.send(ToCore::Question(question));
        let gone = |_| Failure::new("failed", "the core has ended");
        answer.await.map_err(gone)?
    }

    fn send(&self, message: ToCore) {
        // The home page is painted before the core has opened the passbook, and the person may go on at once.
        let is_early = match &message {
            ToCore::Question(question) => {
                !self.is_ready.get() || question.ask.needs_the_passbook() && !self.is_open.get()
            }
            ToCore::Prompted(..) => false,
        };
        if is_early {
            self.early.borrow_mut().push(message);
            return;
        }
        let Ok(text) = serde_json::to_string(&message) else {
            return;
        };
        if let Some(worker) = &*self.worker.borrow() {
            // It fails only if the worker is gone.
            let _sent = worker.post_message(&JsValue::from_str(&text));
        }
    }

    fn send_early(&self) {
        for message in self.early.take() {
            self.send(message);
        }
    }

    fn hear(self: &Rc<Self>, app: App, message: ToPage) {
        match message {
            ToPage::Ready => {
                self.is_ready.set(true);
                self.send_early();
            }
            ToPage::Reply(Reply { id, answer }) => {
                if self.opening.get() == Some(id) {
                    self.opening.set(None);
                    self.is_open.set(answer.is_ok());
                    self.send_early();
                }
                if let Some(waiting) = self.waiting.borrow_mut().remove(&id) {
                    // Whoever asked may have been dropped with its view.
                    let _ = waiting.done.send(answer);
                }
            }
            ToPage::News(news) => {
                if matches!(news, News::Locked) {
                    self.is_open.set(false);
                    // Nobody waits for what was asked of the open passbook.
                    self.early.borrow_mut().clear();
                }
                hear_news(app, news);
            }
            ToPage::Prompt(Prompt { id, ceremony }) => {
                let questions = self.clone();
                spawn(async move {
                    let prompted = perform(ceremony).await;
                    questions.send(ToCore::Prompted(id, prompted));
                });
            }
        }
    }
}

fn hear_news(app: App, news: News) {
    match news {
        News::Home { home, fresh } => {
            if !fresh.is_empty() {
                app.fresh.update(|known| {
                    known.extend(fresh.into_iter().map(|entry| entry.id));
                    let more = known.len().saturating_sub(FRESH_MAX);
                    known.drain(..more);
                });
            }
            app.home.set(Some(*home));
        }
        News::Connection { connection, why } => app.connection.set((connection, why)),
        News::Orders => app.orders_changed.update(|count| *count += 1),
        News::Locked => super::passbook::locked(app),
        News::Gone(word) => app.phase.set(Phase::Gone(word)),
    }
}
