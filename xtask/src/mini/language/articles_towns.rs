//! Articles about towns and what stands in them.

use super::encyclopaedia::{Kind, Names};
use super::world::TOWNS;

const COUNTIES: &str = "[Estmere|Northmoor|Calder|Wolden|Sarumshire|Lowmarch|Penfold]";
const RIVERS: &str = "[Tolle|Arden|Wey|Lune|Brent|Isk|Marl|Ouzel|Severne|Tarn]";

pub(super) const TOWN: Kind = Kind {
    names: Names::Listed(TOWNS),
    facts: &[
        ("county", COUNTIES), ("river", RIVERS), ("founded", "{1050-1480}"), ("people", "{2-48},000"), ("industry", "[wool|paper|glass|steel|tin|salt|brick|cheese|clock|boat] making"),
        ("landmark", "[castle|clock tower|cathedral|market hall|old mill|stone bridge|lighthouse|corn exchange]"), ("side", "[north|south|east|west]"), ("rail", "{1838-1890}"), ("twin", "[Arlen|Brissac|Colmund|Delft|Estrel]"),
        ("fair", "[apple|horse|wool|cheese|lantern|book]"),
    ],
    openings: &[
        "{name} is a town in the county of {county}, on the {side} bank of the river {river}.", "{name} is a market town in {county} that lies on the river {river}.",
        "{name}, a town of about {people} people, lies on the river {river} in the county of {county}.",
    ],
    stages: &[
        &["it was founded in {founded} and has a population of about {people}.", "the town was first mentioned in a charter of {founded}.", "about {people} people live in the town, which dates from {founded}."],
        &["for centuries the town was known for {industry}.", "its wealth came from {industry}, which began in the {ordinal} half of the century.", "the main trade of the town was {industry} until {1900-1980}."],
        &["the railway reached the town in {rail}.", "in {rail} a railway station was opened on the {side} side of the town.", "since {rail} the town has had a railway station."],
        &["its best known building is the {landmark}, which was restored in {1860-1995}.", "the {landmark} in the centre of {name} is open to visitors {habit}.", "visitors come to see the {landmark}, which was built of {material}."],
        &["every year the town holds a {fair} fair, which lasts {count} days.", "the {fair} fair of {name} takes place in [May|June|September|October]."],
        &["the town is twinned with {twin}.", "{name} has been twinned with {twin} since {1955-1990}."],
    ],
};

pub(super) const CLUB: Kind = Kind {
    names: Names::Made(24, "{town} [United|Rovers|Athletic|Town|Wanderers|City]"),
    facts: &[
        ("founded", "{1872-1925}"), ("ground", "[Mill Lane|Station Road|the Old Quarry|Castle Park|River Meadow|Church Field]"), ("strip", "{colour#1} and {colour#2}"), ("holds", "{3-38},000"), ("won", "{1901-1998}"),
        ("rival", "{town} [United|Rovers|Athletic]"), ("nick", "the [Millers|Herons|Weavers|Foxes|Tanners|Swans]"),
    ],
    openings: &["{name} is a football club that was founded in {founded} and plays at {ground}.", "{name}, known as {nick}, is a football club from {town}.", "{name} is an English football club based in {town}, where it was founded in {founded}."],
    stages: &[
        &["the club plays in {strip} and is known as {nick}.", "its colours are {strip}.", "the players wear {strip} shirts."],
        &["its ground, {ground}, holds {holds} people.", "home matches are played at {ground}, which has room for {holds} spectators."],
        &["the club won the cup in {won}, when it beat {rival} by {2-4} goals to {0-1}.", "in {won} the team won the league for the {ordinal} time.", "its greatest success came in {won}, when the team won the cup."],
        &["the club finished {ordinal} in the league in the {1930-2010} season.", "after the war the club was promoted to the [second|third|fourth] division."],
        &["matches against {rival} draw the largest crowds.", "the main rival of the club is {rival}."],
    ],
};

pub(super) const LINE: Kind = Kind {
    names: Names::Made(20, "the [Tolle|Arden|Wey|Lune|Marl|Estmere|Calder|Wolden|Northmoor] [Valley|Coast|Junction|Light|Central] Railway"),
    facts: &[("from", "{town}"), ("to", "[Saltham|Trentby|Upwell|Whitmore|Hexworth|Garford]"), ("miles", "{8-74}"), ("opened", "{1835-1895}"), ("closed", "{1952-1972}"), ("gauge", "[narrow|standard]"), ("freight", "[coal|stone|timber|milk|iron ore|slate]")],
    openings: &["{name} was a {gauge} gauge railway that ran between {from} and {to}.", "{name} is a railway line of {miles} miles from {from} to {to}.", "{name} connected {from} with {to} and was opened in {opened}."],
    stages: &[
        &["the line was opened in {opened} and was {miles} miles long.", "it was {miles} miles long and had {count} stations.", "construction took {count} years, and the line was opened in {opened}."],
        &["it was built to carry {freight} from the quarries to the sea.", "most of its income came from {freight}.", "trains carried {freight} as well as passengers."],
        &["between {from} and {to} the line crosses a viaduct of {count} arches.", "the longest tunnel on the line is {200-990} metres long."],
        &["passenger trains stopped running in {closed}.", "the line was closed in {closed}, and the track was removed.", "it lost money after the war and was closed in {closed}."],
        &["part of the route is now a path for walkers and cyclists.", "since {1975-2005} a group of volunteers has run steam trains on part of the line."],
    ],
};

pub(super) const BRIDGE: Kind = Kind {
    names: Names::Made(18, "{town} [Bridge|Viaduct|Aqueduct]"),
    facts: &[("river", RIVERS), ("built", "{1690-1930}"), ("stuff", "{material}"), ("architect", "{man} {surname}"), ("length", "{60-480}"), ("arches", "[three|five|seven|nine|twelve]")],
    openings: &["{name} is a {stuff} bridge over the river {river}.", "{name} crosses the river {river} at {town}.", "{name}, built in {built}, is a bridge of {arches} arches over the river {river}."],
    stages: &[
        &["it was designed by {architect} and completed in {built}.", "the architect was {architect}, who also designed the town hall of {town}."],
        &["the bridge is {length} metres long and has {arches} arches.", "its {arches} arches are built of {stuff}."],
        &["it was damaged by a flood in {1935-1970} and repaired {count} years later.", "the bridge was widened in {1935-1970} to carry heavier traffic."],
        &["today it carries {500-900} vehicles a day.", "today the bridge is used only by people on foot.", "it has been protected as a monument since {1950-1999}."],
    ],
};

pub(super) const MUSEUM: Kind = Kind {
    names: Names::Made(16, "the {town} [Museum|Gallery|Science Museum|Museum of Art|Folk Museum]"),
    facts: &[("opened", "{1845-1985}"), ("house", "[former mill|town house|old school|former brewery|customs house]"), ("items", "{3-90},000"), ("treasure", "[a Roman helmet|a silver bowl|a carved oak door|an early steam engine|a map of the coast|a painted ceiling]"), ("donor", "{woman} {surname}")],
    openings: &["{name} is a museum in a {house} in {town}.", "{name} was opened in {opened} and holds about {items} objects.", "{name} is the largest museum in {town} and was opened in {opened}."],
    stages: &[
        &["it was opened in {opened} with a gift from {donor}.", "the museum was founded by {donor}, who left it {count} paintings."],
        &["its collection of {items} objects includes {treasure}.", "the most famous object in the collection is {treasure}."],
        &["the building, a {house}, was restored in {1988-2012}.", "in {1988-2012} a new wing was added to the {house}."],
        &["about {20-95},000 people visit the museum every year.", "entry is free on the {ordinal} Sunday of the month."],
    ],
};

pub(super) const SCHOOL: Kind = Kind {
    names: Names::Made(14, "{town} [Grammar School|College|High School|Academy]"),
    facts: &[("founded", "{1550-1910}"), ("pupils", "{180-990}"), ("founder", "{man} {surname}"), ("subject", "[music|science|languages|mathematics|drama|farming]"), ("motto", "[Truth and Work|Learn to Serve|Light in Darkness|Step by Step]")],
    openings: &["{name} is a school in {town} with about {pupils} pupils.", "{name} was founded by {founder} in {founded}.", "{name}, in {town}, is one of the oldest schools in the county."],
    stages: &[
        &["it was founded in {founded} by {founder}, a merchant from {town}.", "{founder} founded the school in {founded} for the sons of poor families."],
        &["about {pupils} pupils between {11-12} and {16-18} years of age attend the school.", "the school has {pupils} pupils and {count} teachers."],
        &["it is known for the teaching of {subject}.", "since {1960-2000} the school has specialised in {subject}."],
        &["its motto is \"{motto}\".", "the school moved to its present building in {1890-1975}."],
    ],
};

pub(super) const NEWSPAPER: Kind = Kind {
    names: Names::Made(12, "the {town} [Herald|Gazette|Chronicle|Mercury|Echo|Observer]"),
    facts: &[("founded", "{1780-1910}"), ("sold", "{4-60},000"), ("editor", "{man} {surname}"), ("day", "[Monday|Thursday|Friday|Saturday]"), ("ended", "{1955-2010}")],
    openings: &["{name} is a newspaper that has been published in {town} since {founded}.", "{name} was a weekly newspaper published in {town}.", "{name}, founded in {founded}, is the oldest newspaper in {town}."],
    stages: &[
        &["it was founded in {founded} by {editor}, who was also its first editor.", "its first editor was {editor}."],
        &["the paper appeared every {day} and sold about {sold} copies.", "at its height it sold {sold} copies a week.", "it is published every {day}."],
        &["in {ended} it was bought by a larger company.", "the printing works in {town} were closed in {ended}."],
    ],
};

pub(super) const SHIP: Kind = Kind {
    names: Names::Made(14, "the [Northern|Silver|Morning|Royal|Western|Evening|Grey] [Star|Swan|Queen|Tern|Venture|Spray]"),
    facts: &[("built", "{1790-1955}"), ("sort", "[steamship|sailing ship|ferry|whaler|lifeboat|tugboat]"), ("yard", "[Saltham|Tidmouth|Stanmouth]"), ("length", "{24-180}"), ("captain", "{man} {surname}"), ("lost", "{1956-1985}"), ("cargo", "[tea|coal|timber|wool|grain|mail]")],
    openings: &["{name} was a {sort} built at {yard} in {built}.", "{name} was a {sort} that carried {cargo} between {yard} and the islands."],
    stages: &[
        &["she was {length} metres long and was launched at {yard} in {built}.", "launched in {built}, she was {length} metres long."],
        &["her first captain was {captain}, who sailed her for {count} years.", "under her captain, {captain}, she carried {cargo}."],
        &["in {lost} she ran aground in fog, but everyone on board was saved.", "she was sold in {lost} and broken up at {yard}.", "since {lost} she has been a museum ship at {yard}."],
    ],
};
