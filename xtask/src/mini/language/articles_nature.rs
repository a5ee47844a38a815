//! Articles about rivers, animals, plants and dishes.

use super::encyclopaedia::{Kind, Names};

pub(super) const RIVER: Kind = Kind {
    names: Names::Listed(&["Tolle", "Arden", "Wey", "Lune", "Brent", "Isk", "Marl", "Ouzel", "Severne", "Tarn", "Dovey", "Esk", "Frome", "Gelt"]),
    facts: &[("length", "{18-190}"), ("source", "[Hob Fell|Carn Moor|the Wolden Hills|Grey Tarn|the Calder Heights]"), ("mouth", "[Saltham|Tidmouth|Stanmouth]"), ("fish", "[trout|salmon|pike|eels|perch]"), ("flood", "{1880-1960}"), ("feeder", "[Dovey|Esk|Frome|Gelt|Ribble]")],
    openings: &["the {name} is a river of {length} kilometres that rises in {source}.", "the river {name} rises in {source} and flows into the sea at {mouth}.", "the {name} is a river that flows past {town} to the sea."],
    stages: &[
        &["it is {length} kilometres long and reaches the sea at {mouth}.", "from {source} it flows south to {mouth}, a distance of {length} kilometres."],
        &["its largest tributary is the {feeder}.", "near {town} it is joined by the {feeder}."],
        &["the river is known for its {fish}.", "{fish} are found in its upper reaches."],
        &["in {flood} a flood destroyed {count} bridges.", "the flood of {flood} reached the market square of {town}."],
        &["a path follows the river for {8-60} kilometres.", "its water once drove {count} mills."],
    ],
};

pub(super) const ANIMAL: Kind = Kind {
    names: Names::Made(30, "[marsh|banded|northern|lesser|crested|golden|river|spotted|mountain|long-tailed] [finch|vole|newt|heron|beetle|owl|hare|moth|otter|warbler|lizard|bat]"),
    facts: &[("length", "{4-90}"), ("home", "[wet meadows|old woodland|rocky coasts|slow rivers|high moors|hedges and gardens]"), ("food", "[insects|seeds|small fish|berries|roots|snails|grass]"), ("coat", "{colour#1}"), ("mark", "{colour#2}"), ("eggs", "[two|three|four|six|eight]"), ("life", "{3-25}"), ("month", "[March|April|May|June]")],
    openings: &["the {name} is a small animal that lives in {home}.", "the {name} is found in {home} across the north of the country.", "the {name} is about {length} centimetres long and lives in {home}."],
    stages: &[
        &["it is about {length} centimetres long and {coat} above, with a {mark} belly.", "the adult is {coat} with {mark} spots on its back.", "males are {coat}, while females are {mark}."],
        &["it feeds on {food}, which it finds at night.", "its food consists mainly of {food}.", "in winter it lives on {food}."],
        &["the young are born in {month}, and there are usually {eggs} of them.", "in {month} the female has {eggs} young, which she raises alone."],
        &["it may live for {life} years.", "the oldest known animal lived for {life} years."],
        &["its numbers have fallen since many of its {home} were lost.", "the species is protected by law.", "it is common, but it is rarely seen because it is shy."],
    ],
};

pub(super) const PLANT: Kind = Kind {
    names: Names::Made(22, "[wood|water|sea|field|hill|bog|wall|meadow] [violet|mint|lily|thistle|clover|primrose|campion|sage|orchid]"),
    facts: &[("height", "{5-180}"), ("flower", "{colour}"), ("soil", "[chalk|sand|clay|peat|wet soil]"), ("from", "[March|April|May|June]"), ("until", "[July|August|September]"), ("use", "[tea|dye|soap|medicine|perfume]"), ("leaf", "[narrow|round|heart-shaped|toothed|hairy]")],
    openings: &["the {name} is a plant with {flower} flowers that grows on {soil}.", "the {name} is a plant of the {soil}, up to {height} centimetres tall.", "the {name} grows on {soil} and flowers from {from} until {until}."],
    stages: &[
        &["it grows to a height of {height} centimetres and has {leaf} leaves.", "its leaves are {leaf}, and its stem is up to {height} centimetres tall."],
        &["the {flower} flowers open from {from} until {until}.", "it flowers from {from} until {until}, and its flowers are {flower}."],
        &["in the past it was used to make {use}.", "the dried leaves were once used for {use}."],
        &["bees and moths visit the flowers.", "the seeds are carried by the wind.", "the plant spreads by its roots."],
    ],
};

pub(super) const DISH: Kind = Kind {
    names: Names::Made(16, "{town} [pie|pudding|stew|bun|cheesecake|broth]"),
    facts: &[("main", "[apples|potatoes|carrots|mushrooms|onions|plums|oats|beans]"), ("spice", "[pepper|ginger|mint|nutmeg|mustard|thyme]"), ("first", "{1690-1920}"), ("day", "[Easter|New Year|harvest time|midsummer|market day]"), ("minutes", "{20-90}"), ("cook", "{woman} {surname}")],
    openings: &["{name} is a dish made with {main} and {spice}.", "{name} is a traditional dish from {town} that is eaten at {day}.", "{name} is a dish of {main} from the town of {town}."],
    stages: &[
        &["it is made of {main}, which are cooked with {spice}.", "the main ingredients are {main} and {spice}."],
        &["it is baked for about {minutes} minutes and served hot.", "it is cooked slowly for {minutes} minutes."],
        &["the recipe was first printed in {first} by {cook}.", "according to legend it was invented by {cook} in {first}."],
        &["in {town} it is eaten at {day}.", "it is served at {day} with a glass of {drink}."],
    ],
};
