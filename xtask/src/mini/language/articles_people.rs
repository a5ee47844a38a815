//! Articles about people.

use super::encyclopaedia::{Kind, Names};

pub(super) const COMPOSER: Kind = Kind {
    names: Names::People(16),
    facts: &[("born", "{1760-1880}"), ("died", "{1890-1949}"), ("master", "{man} {surname}"), ("instrument", "[piano|organ|violin|cello|flute]"), ("work", "[The Winter Road|Songs of the Shore|The Miller's Daughter|The Silent Bell|Harvest Mass]"), ("count1", "[three|five|seven|nine]")],
    openings: &["{name} (born in {born}) was a composer from {town}.", "{name} was a composer and teacher who was born in {town} in {born}.", "{name} was a composer who is best known for \"{work}\"."],
    stages: &[
        &["{p.he} was born in {town} and learned the {instrument} from {p.his} [father|mother|uncle].", "{p.he} studied the {instrument} with {master}.", "{p.his} first teacher was {master}, who taught {p.him} the {instrument}."],
        &["{p.he} wrote {count1} symphonies and many songs.", "{surname} composed {count1} symphonies, of which the {ordinal} is still played."],
        &["{p.his} best known work, \"{work}\", was first performed in {town}.", "\"{work}\" was first heard in {1885-1889} and made {p.him} famous."],
        &["{surname} died in {died} after a long illness.", "{p.he} died in {died} and was buried in {town}."],
        &["a street in {town} is named after {p.him}.", "{p.his} letters are kept in the town museum."],
    ],
};

pub(super) const WRITER: Kind = Kind {
    names: Names::People(18),
    facts: &[("born", "{1790-1920}"), ("died", "{1925-1999}"), ("work", "[The Salt House|A Year of Rain|The Glass Garden|Letters to a Lighthouse|The Long Platform|The Orchard Wall]"), ("genre", "[novels|poems|plays|stories for children|travel books]"), ("job", "[teacher|clerk|nurse|printer|librarian|farmer]"), ("prize", "[Calder|Estmere|Wolden]")],
    openings: &["{name} was a writer of {genre} who was born in {town} in {born}.", "{name} was an author best known for \"{work}\".", "{name} was a writer and {job} from {town}."],
    stages: &[
        &["{p.he} worked as a {job} before {p.he} began to write.", "born in {born}, {p.he} worked as a {job} for {count} years."],
        &["{p.his} first book, \"{work}\", was refused by {count} publishers.", "{p.he} wrote \"{work}\" while {p.he} lived in {town}."],
        &["{surname} received the {prize} Prize for {p.his} {genre}.", "{p.his} {genre} have been translated into {count} languages."],
        &["{surname} died in {died}.", "{p.he} died in {town} in {died}, leaving {p.his} last book unfinished."],
    ],
};

pub(super) const ENGINEER: Kind = Kind {
    names: Names::People(16),
    facts: &[("born", "{1750-1880}"), ("died", "{1890-1949}"), ("invention", "[steam pump|safety lamp|signal box|iron plough|weaving machine|sewing machine|tide clock]"), ("bridge", "[iron|stone|swing|railway]"), ("firm", "[Hall and Sons|the Calder Works|the Northmoor Company|Marsh and Webb]")],
    openings: &["{name} was an engineer who invented the {invention}.", "{name} was an engineer from {town} who built {bridge} bridges.", "{name}, born in {town} in {born}, was an engineer and inventor."],
    stages: &[
        &["{p.he} was born in {born}, the {ordinal} child of a [baker|miller|carpenter|farmer].", "{p.he} left school at the age of {12-16} and joined {firm}."],
        &["{p.his} {invention} was used in mines and mills all over the country.", "{p.he} built the first {invention} in a shed behind {p.his} house."],
        &["as chief engineer of {firm}, {p.he} designed {count} {bridge} bridges.", "{surname} later built a {bridge} bridge near {town}."],
        &["{surname} died in {died}.", "{p.he} retired to {town}, where {p.he} died in {died}."],
    ],
};

pub(super) const PAINTER: Kind = Kind {
    names: Names::People(14),
    facts: &[("born", "{1780-1900}"), ("died", "{1910-1970}"), ("subject", "[the sea|horses|gardens|market days|mountains|children at play|old bridges]"), ("medium", "[oil|watercolour|chalk]"), ("work", "[Evening at the Harbour|The Red Gate|Washing Day|Three Herons|The Ferry]")],
    openings: &["{name} was a painter who is known for pictures of {subject}.", "{name} was a painter from {town} who worked mainly in {medium}.", "{name}, a painter of {subject}, was born in {town} in {born}."],
    stages: &[
        &["{p.he} was born in {town} in {born} and learned to paint from {p.his} [father|mother|aunt].", "born in {born}, {p.he} was largely self-taught."],
        &["{p.he} painted {subject} in {medium}.", "most of {p.his} pictures show {subject}."],
        &["{p.his} best known picture, \"{work}\", hangs in the {town} Museum.", "\"{work}\" was sold in {1971-2012} for {20-900},000 pounds."],
        &["{p.he} died in {died}.", "{surname} died in {died} in the house where {p.he} was born."],
    ],
};

pub(super) const FOOTBALLER: Kind = Kind {
    names: Names::People(20),
    facts: &[("born", "{1920-1995}"), ("club", "{town} [United|Rovers|Athletic|Wanderers]"), ("position", "[goalkeeper|defender|midfielder|striker|winger]"), ("goals", "{12-240}"), ("games", "{90-520}"), ("year", "{1996-2008}")],
    openings: &["{name} is a former footballer who played as a {position} for {club}.", "{name} was born in {town} in {born} and played as a {position}.", "{name} is a football coach and former {position} from {town}."],
    stages: &[
        &["{p.he} joined {club} at the age of {15-19}.", "{p.he} began {p.his} career at {club}, where {p.he} played as a {position}."],
        &["{p.he} scored {goals} goals in {games} matches.", "in {games} matches for {club} {p.he} scored {goals} goals."],
        &["{surname} was named player of the year in {year}.", "a knee injury ended {p.his} career in {year}."],
        &["since {2009-2015} {p.he} has coached young players in {town}.", "after {p.his} career {p.he} opened a shop in {town}."],
    ],
};
