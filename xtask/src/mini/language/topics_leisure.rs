//! Topics of free time: football, music, weather, reading, camping.

use super::topic::Topic;

pub(super) const FOOTBALL: Topic = Topic {
    name: "football",
    things: &["goal", "ball", "pass", "penalty", "shirt", "corner", "team", "free kick", "ticket", "whistle", "shot", "season", "scarf", "medal", "cup",
        "save", "header", "foul", "tackle", "flag", "league", "substitute", "throw-in", "net", "cross", "boot", "trophy", "yellow card", "contract", "stand"],
    places: &["pitch", "stadium", "home end", "changing room", "touchline", "penalty area", "training ground", "club bar"],
    roles: &["referee", "goalkeeper", "striker", "manager", "captain", "linesman", "defender", "coach", "groundsman"],
    acts: &["watch", "miss", "celebrate", "remember", "deserve", "discuss", "review", "lose", "win", "praise", "buy", "describe", "question"],
    qualities: &["early", "late", "brilliant", "clear", "lucky", "quick", "muddy", "decisive", "poor", "unfair", "narrow", "long", "famous", "careless"],
    events: &["match", "final", "training session", "derby", "replay", "cup tie", "friendly"],
    troubles: &["the pitch had flooded", "the captain had pulled a muscle", "the bus had arrived at half time", "the ball had burst before the kick-off", "the lights had gone out",
        "the best striker had been sold", "the referee had lost his whistle", "the home side had not scored for a month"],
    tips: &["keep the ball on the ground", "pass before you are tackled", "stay on your feet and watch the runner", "shout early for the ball", "stretch well before the match",
        "leave home an hour before the kick-off", "bring a warm coat for the second half", "look up before you shoot"],
    grievances: &["{X} gave away a {quality} penalty in the {ordinal} minute", "{X} ignored a clear {thing} and smiled about it", "{X} ruined the {event} with one {quality} decision",
        "{X} robbed us of the {thing} in the {event}", "{X} laughed at our fans after the {event}", "{X} walked off the {place} before the {event} was over"],
};

pub(super) const MUSIC: Topic = Topic {
    name: "music",
    things: &["song", "guitar", "piano", "violin", "record", "tune", "drum", "choir", "melody", "flute", "microphone", "trumpet", "note", "chorus", "cello",
        "album", "score", "verse", "band", "ballad", "organ", "harp", "chord", "speaker", "bow", "stage light", "symphony", "rhythm", "lyric", "encore"],
    places: &["concert hall", "rehearsal room", "music school", "studio", "bandstand", "church", "club", "stage"],
    roles: &["singer", "drummer", "conductor", "pianist", "guitarist", "violinist", "producer", "composer"],
    acts: &["play", "hear", "practise", "sing along with", "record", "tune", "enjoy", "learn", "write", "carry", "rehearse", "perform", "listen to", "announce"],
    qualities: &["slow", "loud", "lovely", "gentle", "sad", "bright", "catchy", "new", "difficult", "famous", "tuneless", "haunting", "lively"],
    events: &["concert", "rehearsal", "recital", "lesson", "festival", "tour", "audition"],
    troubles: &["a string had snapped in the first verse", "the microphone had failed", "the drummer had fallen ill", "the notes had been left on the bus", "the piano had gone out of tune",
        "the hall had been booked twice", "half of the choir had lost their voices", "the amplifier had begun to hum"],
    tips: &["practise the hard bars slowly", "count the rests aloud", "warm up your voice for ten minutes", "keep your wrists loose", "listen to the bass", "tune the strings every day",
        "learn one verse at a time", "breathe before the long phrase"],
    grievances: &["{X} turned up two hours late for the {event}", "{X} broke my {thing} and would not pay for it", "{X} stole the {thing} that I wrote for the {event}",
        "{X} drowned out the {thing} through the whole {event}", "{X} cancelled the {event} and kept our money", "{X} laughed at my {thing} in front of the whole {place}"],
};

pub(super) const WEATHER: Topic = Topic {
    name: "weather",
    things: &["storm", "cloud", "umbrella", "shower", "forecast", "breeze", "coat", "puddle", "rainbow", "flood", "snowfall", "sandbag", "thermometer", "gale", "frost",
        "heatwave", "raincoat", "hailstone", "icicle", "sunset", "warning", "drift", "thunderstorm", "cold front", "barometer", "weather map", "mild spell", "raindrop"],
    places: &["coast", "valley", "moor", "harbour", "hill", "sea front", "high street", "weather station"],
    roles: &["forecaster", "presenter", "fisherman", "walker", "weather watcher", "farmer"],
    acts: &["watch", "expect", "report", "forget", "enjoy", "predict", "follow", "photograph", "fear", "measure", "welcome", "avoid", "mention", "record"],
    qualities: &["heavy", "cold", "grey", "sudden", "warm", "mild", "wet", "icy", "windy", "bright", "freezing", "humid", "gloomy", "light"],
    events: &["outing", "regatta", "walk", "fair", "cricket match", "boat trip", "picnic"],
    troubles: &["the wind had torn off the tiles", "the road had iced over", "the river had risen overnight", "the snow had blocked the lane", "the fog had hidden the harbour",
        "the sun had melted the tar", "the lightning had struck the church", "the drains had overflowed"],
    tips: &["take a coat even if it looks dry", "stay away from tall trees in a storm", "clear the drains before the winter", "drive slowly on the wet leaves", "keep a torch near the door",
        "drink plenty of water in the heat", "salt the steps before it freezes", "watch the clouds over the hill"],
    grievances: &["{X} promised sunshine and we got a {quality} {thing}", "{X} got the {thing} wrong for the fifth day", "{X} ruined our {event} with a careless {thing}",
        "{X} sent everybody to the {place} in a {quality} {thing}", "{X} ignored the {thing} and kept us out on the {place}", "{X} laughed about the {thing} while we stood in the cold"],
};

pub(super) const READING: Topic = Topic {
    name: "books",
    things: &["book", "story", "novel", "poem", "chapter", "page", "letter", "cover", "map", "diary", "library card", "bookmark", "magazine", "title", "dictionary",
        "newspaper", "plot", "thriller", "ending", "biography", "catalogue", "shelf", "manuscript", "paragraph", "review", "fairy tale", "comic", "atlas", "preface", "sequel"],
    places: &["library", "bookshop", "reading room", "armchair", "book fair", "study", "archive", "attic"],
    roles: &["librarian", "author", "reader", "bookseller", "critic", "editor", "publisher"],
    acts: &["read", "lend", "return", "finish", "recommend", "borrow", "open", "write", "review", "buy", "translate", "discover", "close", "print"],
    qualities: &["long", "old", "funny", "exciting", "thick", "short", "dusty", "moving", "illustrated", "gripping", "torn", "rare", "overdue", "well-known"],
    events: &["reading", "book club", "signing", "story hour", "launch", "lecture", "poetry evening"],
    troubles: &["the last chapter had been torn out", "the book had been overdue for a year", "the ink had faded", "the shelf had collapsed", "the author had missed the train",
        "somebody had written in the margins", "the library had closed early", "the same page had been printed twice"],
    tips: &["read the first page before you buy", "keep a list of the names", "skip the preface and come back later", "borrow before you buy", "store old paper away from the sun",
        "read aloud for ten minutes a day", "ask the librarian for a second title", "put the phone in another room"],
    grievances: &["{X} gave away the ending of the {thing} at the {event}", "{X} tore a page out of my {quality} {thing}", "{X} kept the {thing} for a year and lost it",
        "{X} called our {event} boring in front of everyone", "{X} copied half of the {thing} from my friend", "{X} shouted at a child in the {place}"],
};

pub(super) const CAMPING: Topic = Topic {
    name: "walking and camping",
    things: &["tent", "rucksack", "map", "boot", "campfire", "torch", "sleeping bag", "trail", "bridge", "compass", "hut", "flask", "stove", "rope", "blanket",
        "summit", "signpost", "stream", "ridge", "guidebook", "canoe", "tent peg", "lantern", "stile", "walking stick", "water bottle", "mosquito net", "first aid kit"],
    places: &["forest", "mountain", "lake", "campsite", "footpath", "meadow", "ridge", "valley", "river bank"],
    roles: &["guide", "walker", "warden", "camper", "climber", "ranger", "cyclist"],
    acts: &["pack", "carry", "lose", "pitch", "find", "light", "borrow", "cross", "reach", "follow", "forget", "dry", "unfold", "photograph"],
    qualities: &["wet", "heavy", "steep", "warm", "narrow", "waterproof", "muddy", "empty", "lonely", "rocky", "shallow", "sunny", "foggy", "worn"],
    events: &["hike", "camping trip", "climb", "night walk", "canoe trip", "summer camp"],
    troubles: &["the tent had blown into the lake", "the map had got soaked", "the path had been washed away", "the matches had got damp", "the bridge had been closed",
        "the torch had run out of power", "one of the walkers had twisted an ankle", "the sleeping bags had been left behind"],
    tips: &["break in new boots before a long walk", "tell someone which way you are going", "pitch the tent on high ground", "carry a spare pair of socks", "drink before you are thirsty",
        "turn back when the fog comes down", "hang the food from a branch", "start early and rest at noon"],
    grievances: &["{X} led us down the wrong {place} in the dark", "{X} left litter and a burning {thing} at the {place}", "{X} forgot the {thing} and blamed the rest of us",
        "{X} sang outside our {thing} until four", "{X} took my {quality} {thing} and lost it on the {event}", "{X} refused to wait for the children on the {event}"],
};
