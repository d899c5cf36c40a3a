//! Expressions in CEL over the features: checked, compiled, and bounded.

use crate::features::Features;
use crate::rule::Outcome;
use cel::common::ast::{Expr, IdedExpr, operators};
use cel::objects::Key;
use cel::{Context, Env, Program, Value};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use thiserror::Error;

/// Maximum bytes of an expression.
const BYTES_MAX: usize = 1_000;

/// Maximum parentheses, brackets and prefix operators of an expression: the parser goes as deep.
const OPENINGS_MAX: usize = 64;

/// Maximum operators, features and literals of an expression.
const NODES_MAX: usize = 200;

/// The operators that an expression may use. None of them makes a value that is larger than its operands.
const OPERATORS: [&str; 16] = [
    operators::CONDITIONAL,
    operators::LOGICAL_AND,
    operators::LOGICAL_OR,
    operators::LOGICAL_NOT,
    operators::SUBSTRACT,
    operators::ADD,
    operators::MULTIPLY,
    operators::DIVIDE,
    operators::MODULO,
    operators::EQUALS,
    operators::NOT_EQUALS,
    operators::GREATER_EQUALS,
    operators::LESS_EQUALS,
    operators::GREATER,
    operators::LESS,
    operators::NEGATE,
];

/// Why an expression is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExpressionError {
    /// It is too long.
    #[error("an expression has at most 1,000 bytes")]
    TooLong,
    /// It nests too deeply, or has too many operators.
    #[error("an expression has at most 200 operators, features and values, and 64 brackets")]
    TooLarge,
    /// It is no CEL.
    #[error("the expression cannot be read: {0}")]
    Syntax(String),
    /// It names a feature that does not exist.
    #[error("there is no feature `{0}`")]
    Feature(String),
    /// It uses what rules may not use.
    #[error("a rule may not use {0}")]
    NotAllowed(String),
    /// Its value is not true or false.
    #[error("the expression is not true or false: {0}")]
    NotABoolean(String),
}

/// The environment of all expressions of a rule set.
#[derive(Clone)]
pub(crate) struct Expressions(Arc<Env>);

/// A compiled expression.
pub(crate) struct Expression(Program);

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Expression")
    }
}

impl fmt::Debug for Expressions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Expressions")
    }
}

impl Expressions {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Env::stdlib()))
    }

    /// Checks and compiles an expression. It must be true or false for the example's features.
    pub(crate) fn compile(&self, source: &str) -> Result<Expression, ExpressionError> {
        if source.len() > BYTES_MAX {
            return Err(ExpressionError::TooLong);
        }
        if source.matches(['(', '[', '{', '!', '-', '?']).count() > OPENINGS_MAX {
            return Err(ExpressionError::TooLarge);
        }
        let program = self.0.compile(source);
        let program = program.map_err(|error| ExpressionError::Syntax(error.to_string()))?;
        let example = serde_json::to_value(Features::example())
            .map_err(|error| ExpressionError::Syntax(error.to_string()))?;
        let mut nodes = 0;
        check(program.expression(), &example, &mut nodes)?;
        let compiled = Expression(program);
        match compiled.outcome(&self.context(&Features::example())) {
            Outcome::Unknown(why) => Err(ExpressionError::NotABoolean(why)),
            _ => Ok(compiled),
        }
    }

    /// The features as the expressions see them. One context serves all expressions of a decision.
    pub(crate) fn context(&self, features: &Features) -> Context<'static, 'static> {
        let mut context = Context::with_env(Arc::clone(&self.0));
        if let Ok(serde_json::Value::Object(sections)) = serde_json::to_value(features) {
            for (name, section) in sections {
                context.add_variable_from_value(name, value(section));
            }
        }
        context
    }
}

impl Expression {
    /// Whether it is true.
    pub(crate) fn outcome(&self, context: &Context<'_, '_>) -> Outcome {
        match self.0.execute(context) {
            Ok(Value::Bool(is_true)) => is_true.into(),
            Ok(other) => Outcome::Unknown(format!("it is a {}", other.type_of())),
            Err(error) => Outcome::Unknown(error.to_string()),
        }
    }
}

/// Refuses loops, functions, unknown features and what is too large.
fn check(
    node: &IdedExpr,
    example: &serde_json::Value,
    nodes: &mut usize,
) -> Result<(), ExpressionError> {
    *nodes += 1;
    if *nodes > NODES_MAX {
        return Err(ExpressionError::TooLarge);
    }
    match &node.expr {
        Expr::Literal(_) => Ok(()),
        Expr::Ident(_) | Expr::Select(_) => {
            let path = path(node)
                .ok_or_else(|| ExpressionError::NotAllowed("a field of a value".to_owned()))?;
            let found = path
                .iter()
                .try_fold(example, |section, &name| section.get(name));
            match found {
                Some(_) => Ok(()),
                None => Err(ExpressionError::Feature(path.join("."))),
            }
        }
        Expr::List(list) => list
            .elements
            .iter()
            .try_for_each(|element| check(element, example, nodes)),
        Expr::Call(call) => {
            let name = call.func_name.as_str();
            if call.target.is_some() || !(OPERATORS.contains(&name) || name == operators::IN) {
                let function = format!("the function `{name}`");
                return Err(ExpressionError::NotAllowed(function));
            }
            call.args
                .iter()
                .try_for_each(|argument| check(argument, example, nodes))
        }
        Expr::Comprehension(_) => Err(ExpressionError::NotAllowed("a loop".to_owned())),
        Expr::Map(_) | Expr::Struct(_) => Err(ExpressionError::NotAllowed("a map".to_owned())),
        Expr::Unspecified => Err(ExpressionError::NotAllowed("nothing".to_owned())),
    }
}

/// The names of `a.b.c`.
fn path(node: &IdedExpr) -> Option<Vec<&str>> {
    match &node.expr {
        Expr::Ident(name) => Some(vec![name]),
        Expr::Select(select) if !select.test => {
            let mut path = path(&select.operand)?;
            path.push(&select.field);
            Some(path)
        }
        _ => None,
    }
}

/// A feature as an expression sees it. All whole numbers are signed, so that expressions need no conversions.
fn value(json: serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(is_true) => Value::Bool(is_true),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Value::Int(whole),
            (None, Some(fraction)) => Value::Float(fraction),
            (None, None) => Value::Null,
        },
        serde_json::Value::String(text) => Value::String(Arc::new(text)),
        serde_json::Value::Array(list) => {
            Value::List(Arc::new(list.into_iter().map(value).collect()))
        }
        serde_json::Value::Object(fields) => {
            let fields = fields
                .into_iter()
                .map(|(name, field)| (Key::from(name), value(field)));
            Value::Map(fields.collect::<HashMap<Key, Value>>().into())
        }
    }
}

#[cfg(test)]
mod tests;
