//! The items of a snapshot: the customer, each account, payee, standing order and pending order.

use crate::ContentError;
use crate::merkle::empty_root;
use protocol::cbor::{Fields, FromValue, Key, Map, Value};
use protocol::{ParseError, cbor, cbor_array};
use types::{AccountId, AccountKind, Balances, Currency, CustomerId, Hash, Role, Sequence};

/// Maximum size of an item in bytes.
pub const ITEM_BYTES_MAX: usize = 8 * 1024;

/// The section of a snapshot that an item belongs to. Snapshots have the sections in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// The customer: one item, always the first.
    Customer,
    /// An account.
    Account,
    /// A payee.
    Payee,
    /// A standing order.
    Standing,
    /// A pending order.
    Order,
}

impl Section {
    const ALL: [Section; 5] = [
        Self::Customer,
        Self::Account,
        Self::Payee,
        Self::Standing,
        Self::Order,
    ];

    /// The word as it is sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Account => "account",
            Self::Payee => "payee",
            Self::Standing => "standing",
            Self::Order => "order",
        }
    }

    /// The section with this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|section| section.as_str() == word)
    }
}

/// The state of an account, as one of its holders may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountState {
    /// 0: its kind.
    pub kind: AccountKind,
    /// 1: the role in which the customer holds it.
    pub role: Role,
    /// 2: its name.
    pub name: String,
    /// 3: its currency.
    pub currency: Currency,
    /// 7: its balances.
    pub balances: Balances,
}

/// An account's booked entries: the number of pages and the pages' Merkle root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct History {
    /// The number of pages.
    pub pages: u64,
    /// The pages' Merkle root; [`empty_root`] if there are no pages.
    pub root: Hash,
}

impl History {
    /// The history of an account without booked entries.
    #[must_use]
    pub fn none() -> Self {
        Self {
            pages: 0,
            root: empty_root(),
        }
    }
}

/// The state of an item. Each section has its own form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemState {
    /// The customer.
    Customer,
    /// An account and its history.
    Account {
        /// The account's state.
        state: AccountState,
        /// Integer keys of the state that this version does not know.
        other: Map,
        /// Its booked entries.
        history: History,
    },
    /// A payee, as the arguments of the entry that added it.
    Payee(Map),
    /// A standing order, as the arguments of the entry that created it.
    Standing(Map),
    /// A pending order, as the arguments of the entry that reported it.
    Order(Map),
}

/// An item of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The id within the section. Any text from the core bank; only [`ITEM_BYTES_MAX`] limits its length.
    pub id: String,
    /// The sequence of the newest event that the state includes; 0 if there is none. An account has its own sequence;
    /// all other items have the sequence of the customer's subject.
    pub sequence: Sequence,
    /// The state.
    pub state: ItemState,
}

impl Item {
    /// Makes the customer's item.
    #[must_use]
    pub fn customer(customer: &CustomerId, sequence: Sequence) -> Self {
        Self {
            id: customer.to_string(),
            sequence,
            state: ItemState::Customer,
        }
    }

    /// Makes an account's item.
    #[must_use]
    pub fn account(
        account: &AccountId,
        sequence: Sequence,
        state: AccountState,
        history: History,
    ) -> Self {
        Self {
            id: account.to_string(),
            sequence,
            state: ItemState::Account {
                state,
                other: Map::new(),
                history,
            },
        }
    }

    /// The item's section.
    #[must_use]
    pub const fn section(&self) -> Section {
        match &self.state {
            ItemState::Customer => Section::Customer,
            ItemState::Account { .. } => Section::Account,
            ItemState::Payee(_) => Section::Payee,
            ItemState::Standing(_) => Section::Standing,
            ItemState::Order(_) => Section::Order,
        }
    }

    /// The sort key: items are ordered by section, then by the UTF-8 bytes of the id.
    #[must_use]
    pub fn place(&self) -> (Section, &str) {
        (self.section(), &self.id)
    }

    /// The history, if the item is an account.
    #[must_use]
    pub const fn history(&self) -> Option<&History> {
        match &self.state {
            ItemState::Account { history, .. } => Some(history),
            _ => None,
        }
    }

    /// Writes the item in CBOR. Refuses an item larger than [`ITEM_BYTES_MAX`].
    pub fn encode(&self) -> Result<Vec<u8>, ContentError> {
        let (state, pages, root) = match &self.state {
            ItemState::Customer => (Map::new(), 0, None),
            ItemState::Account {
                state,
                other,
                history,
            } => (state_map(state, other), history.pages, Some(history.root)),
            ItemState::Payee(arguments)
            | ItemState::Standing(arguments)
            | ItemState::Order(arguments) => (arguments.clone(), 0, None),
        };
        let bytes = cbor::encode(&cbor_array![
            self.section().as_str(),
            self.id.as_str(),
            self.sequence,
            state,
            pages,
            root
        ]);
        match bytes.len() <= ITEM_BYTES_MAX {
            true => Ok(bytes),
            false => Err(ContentError::ItemTooLong),
        }
    }

    /// Parses an item.
    pub fn parse(bytes: &[u8]) -> Result<Self, ContentError> {
        Self::of_value(cbor::decode(bytes)?)
    }

    pub(crate) fn of_value(value: Value) -> Result<Self, ContentError> {
        if cbor::encode(&value).len() > ITEM_BYTES_MAX {
            return Err(ContentError::ItemTooLong);
        }
        let values = Vec::from_value(value)?;
        if values.len() != 6 {
            return Err(ParseError::WrongShape("an item must have six fields").into());
        }
        let mut fields = Fields::new(values);
        let section: String = fields.take()?;
        let section = Section::of(&section).ok_or(ContentError::UnknownSection)?;
        let (id, sequence) = (fields.take()?, fields.take()?);
        let (state, pages, root): (Map, u64, Option<Hash>) =
            (fields.take()?, fields.take()?, fields.take()?);
        let arguments = |state: Map| match (pages, root) {
            (0, None) if state.keys().all(|key| matches!(key, Key::Text(_))) => Ok(state),
            (0, None) => Err(ContentError::from(ParseError::WrongShape(
                "arguments must have text keys",
            ))),
            _ => Err(ContentError::HistoryOfAnotherSection),
        };
        let state = match section {
            // Later versions may add a state for the customer; this version ignores it.
            Section::Customer if (pages, root) == (0, None) => ItemState::Customer,
            Section::Customer => return Err(ContentError::HistoryOfAnotherSection),
            Section::Account => account(state, pages, root)?,
            Section::Payee => ItemState::Payee(arguments(state)?),
            Section::Standing => ItemState::Standing(arguments(state)?),
            Section::Order => ItemState::Order(arguments(state)?),
        };
        Ok(Self {
            id,
            sequence,
            state,
        })
    }
}

fn state_map(state: &AccountState, other: &Map) -> Map {
    let mut map = other.clone();
    map.extend([
        (Key::Unsigned(0), Value::from(state.kind.as_str())),
        (Key::Unsigned(1), Value::from(&state.role)),
        (Key::Unsigned(2), state.name.as_str().into()),
        (Key::Unsigned(3), state.currency.as_str().into()),
        (Key::Unsigned(7), Value::from(&state.balances)),
    ]);
    map
}

fn account(mut map: Map, pages: u64, root: Option<Hash>) -> Result<ItemState, ContentError> {
    const WORD: ParseError =
        ParseError::WrongShape("an account's state must have a kind, a role and a currency");
    if map
        .keys()
        .any(|key| !matches!(key, Key::Unsigned(_) | Key::Negative(_)))
    {
        return Err(ParseError::WrongShape("an account's state must have integer keys").into());
    }
    let mut take = |key: u64| {
        map.remove(&Key::Unsigned(key))
            .ok_or(ContentError::StateKeyMissing)
    };
    let (kind, role, name) = (take(0)?, take(1)?, take(2)?);
    let (currency, balances) = (take(3)?, Map::from_value(take(7)?)?);
    let state = AccountState {
        kind: String::from_value(kind)?.parse().map_err(|_| WORD)?,
        role: Role::from_value(role)?,
        name: String::from_value(name)?,
        currency: String::from_value(currency)?.parse().map_err(|_| WORD)?,
        balances: match balances.is_empty() {
            true => Balances::new(),
            false => Balances::from_value(Value::Map(balances))?,
        },
    };
    let root = root.ok_or(ContentError::HistoryRootMissing)?;
    if (pages == 0) != (root == empty_root()) {
        return Err(ContentError::RootOfAnotherCount);
    }
    Ok(ItemState::Account {
        state,
        other: map,
        history: History { pages, root },
    })
}
