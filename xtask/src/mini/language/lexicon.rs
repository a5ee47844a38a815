//! Words that belong to no topic: people, adjectives, adverbs, verbs, times. Each list runs from common to rare.

pub(super) const WOMEN: &[&str] = &["Mary", "Anna", "Susan", "Helen", "Grace", "Ruth", "Clara", "Nora", "Alice", "Emma", "Julia", "Martha", "Irene", "Rosa", "Edith",
    "Vera", "Hannah", "Lucy", "Maya", "Olive", "Petra", "Sonia", "Agnes", "Ivy", "Leila", "Joan", "Freya", "Priya", "Wanda", "Tessa", "Amina", "Dora"];

pub(super) const MEN: &[&str] = &["Tom", "John", "Peter", "David", "Paul", "Martin", "Henry", "Simon", "George", "Frank", "Oliver", "Daniel", "Walter", "Hugh", "Victor",
    "Leon", "Ravi", "Edgar", "Oscar", "Felix", "Carl", "Stanley", "Omar", "Bruno", "Neil", "Arthur", "Ivan", "Colin", "Hassan", "Ralph", "Duncan", "Piotr"];

pub(super) const SURNAMES: &[&str] = &["Hall", "Wood", "Carter", "Baker", "Ward", "Lowe", "Marsh", "Field", "Barnes", "Doyle", "Frost", "Hale", "Nash", "Pike", "Quill",
    "Rowe", "Sharp", "Thorne", "Vale", "Webb", "Yates", "Ashby", "Birch", "Crane", "Dunn", "Ellis", "Finch", "Garland", "Holt", "Irving", "Keane", "Lindley",
    "Mercer", "Norris", "Osborne", "Penrose", "Ridley", "Stanton", "Tilley", "Underhill", "Varley", "Whitlock", "Ainsworth", "Bramley", "Corbett", "Denholm", "Farrow", "Gale"];

const ADJECTIVES: &[&str] = &["good", "little", "old", "new", "long", "small", "large", "nice", "strange", "simple", "quiet", "strong", "special", "plain", "careful",
    "pleasant", "kind", "funny", "busy", "ordinary", "beautiful", "lovely", "serious", "odd", "proper", "decent", "cheerful", "sensible", "modest", "splendid",
    "unusual", "patient", "generous", "polite", "tiny", "enormous", "curious", "charming", "tidy", "dreadful", "reliable", "remarkable", "peculiar", "graceful", "stubborn", "humble"];

const MOODS: &[&str] = &["happy", "tired", "pleased", "glad", "worried", "proud", "surprised", "nervous", "relieved", "excited", "calm", "hungry", "grateful", "curious",
    "disappointed", "cheerful", "anxious", "thrilled", "puzzled", "content", "embarrassed", "hopeful", "uneasy", "delighted"];

const ADVERBS: &[&str] = &["quickly", "slowly", "carefully", "quietly", "again", "together", "early", "well", "gently", "happily", "twice", "alone", "badly", "often", "patiently",
    "cheerfully", "suddenly", "properly", "politely", "eagerly", "neatly", "calmly", "softly", "firmly", "proudly", "nervously", "eventually", "thoroughly", "briskly", "clumsily"];

const TIMES: &[&str] = &["yesterday", "last week", "this morning", "on Saturday", "last night", "in the evening", "last summer", "on Monday", "after lunch", "before breakfast",
    "a month ago", "on Sunday", "in the spring", "last winter", "two days ago", "on Friday", "at noon", "before dawn", "in October", "at the weekend", "on Wednesday",
    "in the middle of March", "late in the afternoon", "on the first of May", "a year ago", "at the end of June", "in August", "on Thursday", "just before midnight", "in September"];

const HABITS: &[&str] = &["every day", "on Sundays", "every morning", "once a week", "in the summer", "after work", "most evenings", "at weekends", "every spring", "all year round",
    "twice a month", "whenever it rains", "on market days", "before supper", "in the holidays", "now and then"];

const KIN: &[&str] = &["brother", "sister", "mother", "father", "friend", "uncle", "aunt", "cousin", "neighbour", "grandmother", "grandfather", "daughter", "son", "colleague",
    "niece", "nephew", "wife", "husband", "flatmate", "boss"];

const FRIENDS: &[&str] = &["friend", "neighbour", "cousin", "colleague", "flatmate", "old school friend", "partner"];

const INTRANSITIVE: &[&str] = &["work", "wait", "smile", "arrive", "laugh", "sit down", "sleep", "talk", "rest", "listen", "stop", "walk home", "nod", "return", "sing",
    "hesitate", "hurry", "worry", "agree", "relax", "whistle", "wander about", "disappear", "complain", "wave", "stumble", "yawn", "shiver", "grumble", "hum"];

const SPEECH: &[&str] = &["say", "answer", "reply", "explain", "add", "ask", "admit", "suggest", "whisper", "agree", "announce", "insist", "remark", "promise"];

const FEELINGS: &[&str] = &["like", "love", "need", "want", "remember", "prefer", "enjoy", "miss", "admire", "dislike", "notice", "mind", "understand", "trust"];

const ORDINALS: &[&str] = &["first", "second", "third", "fourth", "last", "fifth", "sixth", "tenth", "eighth", "twelfth", "seventh", "ninth", "twentieth"];

const COUNTS: &[&str] = &["two", "three", "four", "five", "six", "ten", "seven", "eight", "twelve", "nine", "twenty", "thirty", "fifteen", "fifty", "forty", "a hundred"];

const COLOURS: &[&str] = &["red", "blue", "green", "white", "black", "brown", "yellow", "grey", "orange", "purple", "silver", "golden", "pink", "cream", "crimson", "violet"];

const MATERIALS: &[&str] = &["wood", "stone", "brick", "iron", "glass", "steel", "paper", "wool", "leather", "copper", "clay", "cotton", "marble", "granite", "slate", "tin"];

const DRINKS: &[&str] = &["tea", "coffee", "water", "milk", "lemonade", "cocoa", "apple juice", "soup", "cider", "ginger beer", "hot chocolate"];

const SMALL_THINGS: &[&str] = &["cup", "hat", "bag", "pocket", "coin", "pencil", "button", "candle", "bottle", "photograph", "ribbon", "notebook", "plate", "spoon", "glove",
    "mirror", "envelope", "jar", "needle", "pillow", "ladder", "bucket", "basket", "newspaper", "suitcase", "brush", "stamp", "marble", "thimble", "whistle"];

const ROOMS: &[&str] = &["kitchen", "hall", "bedroom", "cellar", "porch", "study", "bathroom", "attic", "corridor", "living room", "conservatory", "pantry"];

const REASONS: &[&str] = &["it was getting late", "the weather had changed", "there was no time left", "nobody else had offered", "the price was fair", "everyone was tired",
    "the shops had already closed", "the children were asleep", "it had been a long day", "the light was fading", "the bus was full", "the telephone had rung",
    "there was nothing else to do", "the kettle had just boiled", "the rain had finally stopped", "the others had gone ahead"];

const LESSONS: &[&str] = &["patience pays off", "it is better to ask first", "practice makes a difference", "nobody gets it right at once", "small steps matter", "a good friend is worth more than money",
    "old things can still be useful", "the simple way is often the best", "it helps to write things down", "everyone needs a hand now and then", "hurry only makes more work", "good tools last a lifetime"];

/// The list called `category`.
pub(super) fn words(category: &str) -> Option<&'static [&'static str]> {
    Some(match category {
        "woman" => WOMEN,
        "man" => MEN,
        "surname" => SURNAMES,
        "adj" => ADJECTIVES,
        "mood" => MOODS,
        "adv" => ADVERBS,
        "time" => TIMES,
        "habit" => HABITS,
        "kin" => KIN,
        "friend" => FRIENDS,
        "vi" => INTRANSITIVE,
        "say" => SPEECH,
        "feel" => FEELINGS,
        "ordinal" => ORDINALS,
        "count" => COUNTS,
        "colour" => COLOURS,
        "material" => MATERIALS,
        "drink" => DRINKS,
        "object" => SMALL_THINGS,
        "room" => ROOMS,
        "reason" => REASONS,
        "lesson" => LESSONS,
        _ => return None,
    })
}
