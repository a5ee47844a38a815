//! What a pickle would ask Python for, found by following its stack without running anything.

mod input;

use std::collections::{HashMap, HashSet};
use std::io::BufRead;
use std::rc::Rc;

use input::Input;

/// What a pickle names and what is wrong with its dictionaries.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    /// Classes and functions, as `module.name`, in the order they are first asked for.
    pub(crate) classes: Vec<String>,
    /// The first key set twice in one dictionary.
    pub(crate) repeated_key: Option<String>,
    /// Whether a tensor is the negative or the conjugate of what is stored.
    pub(crate) has_altered_tensor: bool,
}

/// Follows one pickle from `input` to its end.
///
/// # Errors
/// What is there instead, where the bytes are not a pickle or end too early.
pub(crate) fn contents(input: &mut impl BufRead) -> Result<Contents, String> {
    let mut machine = Machine {
        input: Input(input),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        dictionaries: Vec::new(),
        found: Contents::default(),
    };
    loop {
        let [opcode] = machine.input.bytes()?;
        if opcode == b'.' {
            return Ok(machine.found);
        }
        let known = machine.literal(opcode)?
            || machine.container(opcode)?
            || machine.memo(opcode)?
            || machine.object(opcode)?;
        if !known {
            return Err(format!("a pickle with the unknown opcode {opcode:#04x}"));
        }
    }
}

/// A value as far as it matters here.
#[derive(Clone)]
enum Value {
    Text(Rc<str>),
    Class(Rc<str>),
    /// A dictionary, by its place in [`Machine::dictionaries`].
    Dictionary(usize),
    /// A tuple that ends with a dictionary.
    Arguments(usize),
    Other,
}

/// Python's unpickling machine, less the values.
struct Machine<'a, R> {
    input: Input<'a, R>,
    stack: Vec<Value>,
    /// Heights of the stack at the open marks.
    marks: Vec<usize>,
    memo: HashMap<u32, Value>,
    /// The keys of every dictionary.
    dictionaries: Vec<HashSet<Rc<str>>>,
    found: Contents,
}

impl<R: BufRead> Machine<'_, R> {
    /// Opcodes that push a value of their own.
    fn literal(&mut self, opcode: u8) -> Result<bool, String> {
        let value = match opcode {
            b'N' | 0x88 | 0x89 | b')' | b']' | 0x8f => Value::Other,
            b'}' => self.dictionary(),
            b'K' => self.skipped(1)?,
            b'M' => self.skipped(2)?,
            b'J' => self.skipped(4)?,
            b'G' => self.skipped(8)?,
            b'I' | b'L' | b'F' | b'P' => {
                self.input.line()?;
                Value::Other
            }
            b'C' | 0x8a => {
                let length = self.input.length::<1>()?;
                self.skipped(length)?
            }
            b'B' | 0x8b => {
                let length = self.input.length::<4>()?;
                self.skipped(length)?
            }
            0x8e | 0x96 => {
                let length = self.input.length::<8>()?;
                self.skipped(length)?
            }
            b'V' => Value::Text(self.input.line()?.into()),
            b'U' | 0x8c => Value::Text(self.input.text::<1>()?.into()),
            b'T' | b'X' => Value::Text(self.input.text::<4>()?.into()),
            0x8d => Value::Text(self.input.text::<8>()?.into()),
            _ => return Ok(false),
        };
        self.stack.push(value);
        Ok(true)
    }

    /// Opcodes that gather values, and those that only move them about.
    fn container(&mut self, opcode: u8) -> Result<bool, String> {
        match opcode {
            b'(' => self.marks.push(self.stack.len()),
            b't' => {
                let tuple = match self.pop_to_mark()?.last() {
                    Some(&Value::Dictionary(dictionary)) => Value::Arguments(dictionary),
                    _ => Value::Other,
                };
                self.stack.push(tuple);
            }
            b'l' | 0x91 => {
                self.pop_to_mark()?;
                self.stack.push(Value::Other);
            }
            0x85..=0x87 => self.replace(usize::from(opcode - 0x84))?,
            b'a' => drop(self.pop()?),
            b'e' | 0x90 | b'1' => drop(self.pop_to_mark()?),
            b'd' => {
                let items = self.pop_to_mark()?;
                let dictionary = self.dictionary();
                self.stack.push(dictionary);
                self.set(&items)?;
            }
            b's' => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.set(&[key, value])?;
            }
            b'u' => {
                let items = self.pop_to_mark()?;
                self.set(&items)?;
            }
            b'0' if self.marks.last() == Some(&self.stack.len()) => drop(self.marks.pop()),
            b'0' => drop(self.pop()?),
            b'2' => self.stack.push(self.top()?.clone()),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Opcodes that put values aside and fetch them again.
    fn memo(&mut self, opcode: u8) -> Result<bool, String> {
        let index = match opcode {
            b'p' | b'g' => {
                let line = self.input.line()?;
                line.parse()
                    .map_err(|_| "a pickle that is damaged".to_owned())?
            }
            b'q' | b'h' => u32::from_le_bytes([self.input.bytes::<1>()?[0], 0, 0, 0]),
            b'r' | b'j' => u32::from_le_bytes(self.input.bytes()?),
            0x94 => u32::try_from(self.memo.len()).unwrap_or(u32::MAX),
            _ => return Ok(false),
        };
        if matches!(opcode, b'g' | b'h' | b'j') {
            let value = self.memo.get(&index).cloned();
            self.stack.push(value.ok_or("a pickle that is damaged")?);
        } else {
            self.memo.insert(index, self.top()?.clone());
        }
        Ok(true)
    }

    /// Opcodes that name classes, call them, or set their state.
    fn object(&mut self, opcode: u8) -> Result<bool, String> {
        match opcode {
            b'c' => {
                let (module, name) = (self.input.line()?, self.input.line()?);
                let class = self.class(&module, &name);
                self.stack.push(class);
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Value::Text(module), Value::Text(name)) = (module, name) else {
                    return Err("a pickle that names a class by no text".to_owned());
                };
                let class = self.class(&module, &name);
                self.stack.push(class);
            }
            b'i' => {
                let (module, name) = (self.input.line()?, self.input.line()?);
                self.class(&module, &name);
                self.pop_to_mark()?;
                self.stack.push(Value::Other);
            }
            b'o' => {
                self.pop_to_mark()?;
                self.stack.push(Value::Other);
            }
            b'R' | 0x81 => self.call()?,
            0x92 => self.replace(3)?,
            b'Q' => self.replace(1)?,
            b'b' => drop(self.pop()?), // the object stays
            0x80 => drop(self.input.bytes::<1>()?),
            0x95 => drop(self.input.bytes::<8>()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn class(&mut self, module: &str, name: &str) -> Value {
        let class = format!("{module}.{name}");
        if !self.found.classes.contains(&class) {
            self.found.classes.push(class.clone());
        }
        Value::Class(class.into())
    }

    /// Calls what lies below the arguments; only a dictionary's maker gives something to follow.
    fn call(&mut self) -> Result<(), String> {
        let arguments = self.pop()?;
        let value = match (self.pop()?, arguments) {
            (Value::Class(class), _) if &*class == "collections.OrderedDict" => self.dictionary(),
            (Value::Class(class), Value::Arguments(last)) if class.contains("_rebuild_tensor") => {
                // The last argument is empty but for the bits `neg` and `conj` of a view.
                self.found.has_altered_tensor |= !self.dictionaries[last].is_empty();
                Value::Other
            }
            _ => Value::Other,
        };
        self.stack.push(value);
        Ok(())
    }

    fn skipped(&mut self, length: u64) -> Result<Value, String> {
        self.input.skip(length)?;
        Ok(Value::Other)
    }

    fn dictionary(&mut self) -> Value {
        self.dictionaries.push(HashSet::new());
        Value::Dictionary(self.dictionaries.len() - 1)
    }

    /// Sets keys and values, in turn, of the dictionary on top.
    fn set(&mut self, items: &[Value]) -> Result<(), String> {
        let &Value::Dictionary(dictionary) = self.top()? else {
            return Ok(());
        };
        for key in items.iter().step_by(2) {
            let Value::Text(key) = key else { continue };
            let is_new = self.dictionaries[dictionary].insert(Rc::clone(key));
            if !is_new && self.found.repeated_key.is_none() {
                self.found.repeated_key = Some(key.to_string());
            }
        }
        Ok(())
    }

    /// Replaces the topmost values by one.
    fn replace(&mut self, count: usize) -> Result<(), String> {
        for _ in 0..count {
            self.pop()?;
        }
        self.stack.push(Value::Other);
        Ok(())
    }

    fn pop(&mut self) -> Result<Value, String> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let value = (self.stack.len() > floor)
            .then(|| self.stack.pop())
            .flatten();
        value.ok_or_else(|| "a pickle that is damaged".to_owned())
    }

    fn top(&self) -> Result<&Value, String> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let value = self.stack[floor..].last();
        value.ok_or_else(|| "a pickle that is damaged".to_owned())
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Value>, String> {
        let mark = self.marks.pop().ok_or("a pickle that is damaged")?;
        Ok(self.stack.split_off(mark))
    }
}

#[cfg(test)]
mod tests;
