//! Inflection and spelling: plurals, verb forms, `a` or `an`, capitals at the start of a sentence.

/// How a slot asks for a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As listed.
    Plain,
    /// Plural noun: `{thing:s}`.
    Plural,
    /// Third person singular: `{act:es}`.
    Third,
    /// Simple past: `{act:ed}`.
    Past,
    /// Past participle: `{act:en}`.
    Participle,
    /// Present participle: `{act:ing}`.
    Gerund,
    /// First letter in upper case: `{thing:cap}`.
    Capital,
}

impl Form {
    /// The form a slot's suffix names.
    pub(super) fn parse(suffix: &str) -> Option<Self> {
        Some(match suffix {
            "s" => Self::Plural,
            "es" => Self::Third,
            "ed" => Self::Past,
            "en" => Self::Participle,
            "ing" => Self::Gerund,
            "cap" => Self::Capital,
            _ => return None,
        })
    }

    /// `words` in this form. Verbs inflect their first word ("pick up"), nouns their last, or the one before "of".
    pub(super) fn of(self, words: &str) -> String {
        match self {
            Self::Plain => words.to_owned(),
            Self::Capital => capital(words),
            Self::Plural => inflect_noun(words),
            Self::Third | Self::Past | Self::Participle | Self::Gerund => {
                match words.split_once(' ') {
                    Some((verb, rest)) => format!("{} {rest}", self.of_verb(verb)),
                    None => self.of_verb(words),
                }
            }
        }
    }

    fn of_verb(self, verb: &str) -> String {
        let irregular = IRREGULAR.iter().find(|(base, ..)| *base == verb);
        match (self, irregular) {
            (Self::Past, Some((_, past, _))) => (*past).to_owned(),
            (Self::Participle, Some((_, _, participle))) => (*participle).to_owned(),
            (Self::Past | Self::Participle, None) => with_ending(verb, "ed"),
            (Self::Gerund, _) => with_ending(verb, "ing"),
            _ => sibilant_s(verb),
        }
    }
}

/// Base, past, participle of the irregular verbs in use.
const IRREGULAR: &[(&str, &str, &str)] = &[
    ("become", "became", "become"),
    ("begin", "began", "begun"),
    ("bend", "bent", "bent"),
    ("break", "broke", "broken"),
    ("bring", "brought", "brought"),
    ("build", "built", "built"),
    ("buy", "bought", "bought"),
    ("catch", "caught", "caught"),
    ("choose", "chose", "chosen"),
    ("come", "came", "come"),
    ("cut", "cut", "cut"),
    ("dig", "dug", "dug"),
    ("do", "did", "done"),
    ("draw", "drew", "drawn"),
    ("drive", "drove", "driven"),
    ("eat", "ate", "eaten"),
    ("fall", "fell", "fallen"),
    ("feed", "fed", "fed"),
    ("feel", "felt", "felt"),
    ("find", "found", "found"),
    ("fly", "flew", "flown"),
    ("forget", "forgot", "forgotten"),
    ("get", "got", "got"),
    ("give", "gave", "given"),
    ("go", "went", "gone"),
    ("grow", "grew", "grown"),
    ("hang", "hung", "hung"),
    ("have", "had", "had"),
    ("hear", "heard", "heard"),
    ("hide", "hid", "hidden"),
    ("hit", "hit", "hit"),
    ("hold", "held", "held"),
    ("keep", "kept", "kept"),
    ("know", "knew", "known"),
    ("lay", "laid", "laid"),
    ("lead", "led", "led"),
    ("leave", "left", "left"),
    ("lend", "lent", "lent"),
    ("lose", "lost", "lost"),
    ("make", "made", "made"),
    ("mean", "meant", "meant"),
    ("meet", "met", "met"),
    ("pay", "paid", "paid"),
    ("put", "put", "put"),
    ("read", "read", "read"),
    ("ride", "rode", "ridden"),
    ("ring", "rang", "rung"),
    ("rise", "rose", "risen"),
    ("run", "ran", "run"),
    ("say", "said", "said"),
    ("see", "saw", "seen"),
    ("sell", "sold", "sold"),
    ("send", "sent", "sent"),
    ("set", "set", "set"),
    ("shut", "shut", "shut"),
    ("sing", "sang", "sung"),
    ("sit", "sat", "sat"),
    ("sleep", "slept", "slept"),
    ("speak", "spoke", "spoken"),
    ("spend", "spent", "spent"),
    ("spread", "spread", "spread"),
    ("stand", "stood", "stood"),
    ("sweep", "swept", "swept"),
    ("swim", "swam", "swum"),
    ("take", "took", "taken"),
    ("teach", "taught", "taught"),
    ("tell", "told", "told"),
    ("think", "thought", "thought"),
    ("throw", "threw", "thrown"),
    ("understand", "understood", "understood"),
    ("wear", "wore", "worn"),
    ("win", "won", "won"),
    ("write", "wrote", "written"),
];

/// Verbs that double their last letter before an ending.
const DOUBLING: &[&str] = &[
    "beg", "chat", "chop", "clip", "cut", "dig", "drag", "drop", "drum", "fit", "flap", "forget",
    "get", "grab", "hit", "hum", "jog", "knit", "label", "mop", "nod", "pat", "plan", "prop",
    "put", "refer", "rub", "run", "scrub", "set", "shop", "shut", "sip", "sit", "skip", "slip",
    "spot", "step", "stir", "stop", "swap", "swim", "tap", "tip", "top", "travel", "trim", "trip",
    "tug", "unplug", "wag", "win", "wrap", "begin", "strum", "grip", "admit", "permit", "snap",
    "bat", "stun",
];

/// Nouns whose plural is not regular.
const PLURALS: &[(&str, &str)] = &[
    ("child", "children"),
    ("man", "men"),
    ("woman", "women"),
    ("person", "people"),
    ("mouse", "mice"),
    ("goose", "geese"),
    ("sheep", "sheep"),
    ("fish", "fish"),
    ("leaf", "leaves"),
    ("loaf", "loaves"),
    ("shelf", "shelves"),
    ("knife", "knives"),
    ("half", "halves"),
    ("tooth", "teeth"),
    ("foot", "feet"),
    ("potato", "potatoes"),
    ("tomato", "tomatoes"),
    ("calf", "calves"),
    ("wife", "wives"),
    ("scarf", "scarves"),
    ("linesman", "linesmen"),
    ("groundsman", "groundsmen"),
    ("postman", "postmen"),
    ("halfwit", "halfwits"),
    ("hero", "heroes"),
    ("fisherman", "fishermen"),
    ("chairman", "chairmen"),
    ("series", "series"),
    ("deer", "deer"),
    ("craftsman", "craftsmen"),
    ("wolf", "wolves"),
    ("thief", "thieves"),
];

fn inflect_noun(words: &str) -> String {
    if let Some((head, rest)) = words.split_once(" of ") {
        return format!("{} of {rest}", inflect_noun(head));
    }
    let (before, last) = match words.rsplit_once(' ') {
        Some((before, last)) => (format!("{before} "), last),
        None => (String::new(), words),
    };
    let plural = match PLURALS.iter().find(|(one, _)| *one == last) {
        Some((_, many)) => (*many).to_owned(),
        None => sibilant_s(last),
    };
    format!("{before}{plural}")
}

fn ends_in_consonant_y(word: &str) -> bool {
    word.strip_suffix('y')
        .is_some_and(|stem| !stem.ends_with(is_vowel))
}

fn is_vowel(letter: char) -> bool {
    matches!(letter.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u')
}

/// `word` with `-s`, `-es` or `-ies`.
fn sibilant_s(word: &str) -> String {
    if word == "have" {
        return "has".to_owned();
    }
    if ends_in_consonant_y(word) {
        return format!("{}ies", &word[..word.len() - 1]);
    }
    let hissing = ["s", "x", "z", "ch", "sh"]
        .iter()
        .any(|end| word.ends_with(end));
    if hissing || word == "go" || word == "do" {
        format!("{word}es")
    } else {
        format!("{word}s")
    }
}

/// `verb` with `-ed` or `-ing`.
fn with_ending(verb: &str, ending: &str) -> String {
    if DOUBLING.contains(&verb) {
        let doubled = &verb[verb.len() - 1..];
        return format!("{verb}{doubled}{ending}");
    }
    if ending == "ed" && ends_in_consonant_y(verb) {
        return format!("{}ied", &verb[..verb.len() - 1]);
    }
    match verb.strip_suffix('e') {
        Some(stem) if !stem.ends_with(['e', 'o', 'y']) => format!("{stem}{ending}"),
        Some(stem) if ending == "ed" => format!("{stem}ed"),
        _ => format!("{verb}{ending}"),
    }
}

/// `words` with its first letter in upper case.
pub(super) fn capital(words: &str) -> String {
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// Whether a word is spoken with a vowel first, so that it takes `an`.
pub(super) fn takes_an(word: &str) -> bool {
    const CONSONANT_SOUND: &[&str] = &["use", "usu", "uni", "one", "once", "eu"];
    const SILENT_H: &[&str] = &["hour", "honest", "honour"];
    let lower = word.trim_start_matches('"').to_ascii_lowercase();
    let eight =
        lower.starts_with('8') || lower.starts_with("11-") || lower == "11" || lower == "18";
    let vowel = lower.starts_with(is_vowel)
        && !CONSONANT_SOUND.iter().any(|start| lower.starts_with(start));
    vowel || eight || SILENT_H.iter().any(|start| lower.starts_with(start))
}

/// Single spaces, `a` or `an` by the next word, and a capital at the start of each sentence and quotation
/// (not where a quotation goes on after a comma).
pub(super) fn polish(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut polished = String::with_capacity(text.len() + 8);
    let mut starts_sentence = true;
    let mut goes_on = false;
    for (place, &word) in words.iter().enumerate() {
        let follower = words.get(place + 1).copied().unwrap_or_default();
        let word = match word {
            "a" if takes_an(follower) => "an",
            "A" if takes_an(follower) => "An",
            other => other,
        };
        if !polished.is_empty() {
            polished.push(' ');
        }
        match word.strip_prefix('"') {
            Some(quoted) if !goes_on => polished.push_str(&format!("\"{}", capital(quoted))),
            _ if starts_sentence => polished.push_str(&capital(word)),
            _ => polished.push_str(word),
        }
        goes_on = word.ends_with(',');
        starts_sentence = word.trim_end_matches('"').ends_with(['.', '?', '!']);
    }
    polished
}
