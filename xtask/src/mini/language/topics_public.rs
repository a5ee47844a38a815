//! Topics of town life: trains, school, shopping, driving, local history.

use super::topic::Topic;

pub(super) const TRAINS: Topic = Topic {
    name: "trains",
    things: &["train", "ticket", "seat", "platform", "timetable", "carriage", "suitcase", "engine", "signal", "railway line", "delay", "door", "bridge", "tunnel", "bell",
        "luggage rack", "barrier", "locomotive", "connection", "track", "wagon", "sleeper", "announcement", "station clock", "trolley", "footbridge", "branch line", "whistle"],
    places: &["station", "waiting room", "ticket office", "dining car", "platform", "depot", "level crossing", "terminus"],
    roles: &["guard", "driver", "conductor", "passenger", "ticket inspector", "station master", "commuter"],
    acts: &["catch", "miss", "board", "check", "book", "wait for", "delay", "hear", "follow", "photograph", "paint", "inspect", "cancel", "restore"],
    qualities: &["late", "early", "crowded", "empty", "fast", "slow", "delayed", "old", "blue", "packed", "reserved", "direct", "local", "rusty"],
    events: &["journey", "morning run", "day trip", "strike", "excursion", "night service"],
    troubles: &["the signal had failed outside the town", "the line had flooded", "the heating had broken down", "the last train had been cancelled", "the doors had refused to open",
        "the carriage had lost power", "the leaves had made the rails slippery", "the platform had changed at the last minute"],
    tips: &["sit near the front to get out first", "book early and save the ticket", "check the board before you run", "leave ten minutes for the change", "keep your bag between your feet",
        "ask the guard about a later train", "take the slow line for the view", "bring a flask and a good book"],
    grievances: &["{X} shut the door in my face and waved", "{X} cancelled the {quality} {thing} without any warning", "{X} fined my mother for a valid {thing}",
        "{X} refused to stop the {thing} at our {place}", "{X} told us nothing for two hours at the {place}", "{X} lost my {thing} and shrugged about it"],
};

pub(super) const SCHOOL: Topic = Topic {
    name: "school",
    things: &["lesson", "book", "test", "essay", "desk", "pencil", "teacher", "project", "question", "answer", "homework folder", "mark", "school bag", "report", "class",
        "ruler", "blackboard", "prize", "uniform", "science kit", "spelling list", "calculator", "timetable", "certificate", "poster", "exam", "notebook", "lunch box", "globe"],
    places: &["classroom", "playground", "school hall", "staff room", "library", "gym", "school gate", "art room"],
    roles: &["teacher", "pupil", "head teacher", "student", "parent", "tutor", "caretaker"],
    acts: &["finish", "forget", "mark", "explain", "copy", "study", "draw", "write", "lose", "hand in", "discuss", "plan", "revise", "understand"],
    qualities: &["hard", "easy", "long", "careful", "neat", "interesting", "untidy", "short", "unfinished", "useful", "correct", "wrong", "tricky", "clever"],
    events: &["exam", "school play", "parents' evening", "sports day", "class trip", "prize giving", "assembly"],
    troubles: &["the homework had been left on the bus", "the heating had failed in the hall", "the test had been moved to Monday", "half of the class had caught a cold", "the computer had lost the essay",
        "the school bus had broken down", "the bell had rung too early", "the paint had spilled over the costumes"],
    tips: &["read the question twice", "start with the part you know", "write a short plan first", "sleep well before the exam", "make cards for the new words",
        "ask the teacher after the lesson", "tidy your desk every Friday", "explain the idea to a friend"],
    grievances: &["{X} copied my {thing} and got the prize", "{X} gave my son a low mark for a {quality} {thing}", "{X} tore up my {thing} before the {event}", "{X} laughed at a shy child in the {place}",
        "{X} lost every {thing} in the class and blamed the pupils", "{X} shouted at my daughter about a {thing}"],
};

pub(super) const SHOPPING: Topic = Topic {
    name: "shopping",
    things: &["parcel", "jacket", "receipt", "box", "order", "phone", "shoe", "bag", "price", "lamp", "refund", "basket", "sofa", "table", "coat",
        "gift", "watch", "bargain", "coupon", "hat", "toaster", "delivery", "discount", "mattress", "size", "voucher", "scarf", "counter", "blender", "label"],
    places: &["shop", "market", "checkout", "post office", "shopping centre", "warehouse", "corner shop", "returns desk"],
    roles: &["shopkeeper", "cashier", "customer", "delivery driver", "seller", "courier", "sales assistant"],
    acts: &["buy", "order", "return", "wrap", "open", "deliver", "choose", "sell", "unpack", "compare", "exchange", "pay for", "send back", "try on"],
    qualities: &["cheap", "expensive", "new", "late", "damaged", "blue", "small", "large", "heavy", "second-hand", "leather", "missing", "returned", "red"],
    events: &["sale", "market day", "auction", "closing sale", "delivery", "opening"],
    troubles: &["the parcel had arrived empty", "the jacket had been the wrong size", "the card reader had failed", "the order had been sent to another town", "the box had been crushed",
        "the last pair had been sold", "the receipt had got lost", "the price had doubled within a week"],
    tips: &["keep the receipt for a year", "compare three shops before you pay", "measure the door before you order a sofa", "go on a weekday morning", "read the small print",
        "ask for a discount on the last one", "check the box before the driver leaves", "make a list and keep to it"],
    grievances: &["{X} left my {thing} out in the rain again", "{X} sold me a broken {thing} and refused a refund", "{X} pushed in front of an old lady at the {place}", "{X} kept me waiting an hour for the {thing}",
        "{X} sent the wrong {thing} three times in a row", "{X} threw the {quality} {thing} over the gate and ran"],
};

pub(super) const DRIVING: Topic = Topic {
    name: "driving",
    things: &["car", "road", "lane", "van", "bus", "wheel", "lorry", "brake", "engine", "mirror", "traffic light", "tyre", "parking space", "horn", "roundabout",
        "bonnet", "indicator", "taxi", "seat belt", "headlight", "petrol can", "scooter", "battery", "tractor", "crossing", "bumper", "caravan", "number plate", "speed camera"],
    places: &["motorway", "car park", "crossroads", "petrol station", "ring road", "bus lane", "garage", "bypass"],
    roles: &["driver", "cyclist", "mechanic", "taxi driver", "traffic warden", "lorry driver", "instructor"],
    acts: &["drive", "park", "overtake", "follow", "check", "wash", "start", "hire", "repair", "sell", "notice", "scratch", "pass", "push"],
    qualities: &["red", "fast", "slow", "parked", "new", "dented", "narrow", "busy", "reliable", "noisy", "electric", "dirty", "white", "flat"],
    events: &["driving test", "rush hour", "road trip", "car show", "rally", "service"],
    troubles: &["the tyre had gone flat", "the engine had overheated", "the road had been closed for repairs", "the battery had died overnight", "a lorry had shed its load",
        "the lights had stuck on red", "the exhaust had fallen off", "the windscreen had cracked"],
    tips: &["keep two seconds behind the car in front", "check the tyres once a month", "look over your shoulder before you turn", "use a low gear on the hill", "leave early and avoid the rush",
        "slow down near the school", "carry a warm blanket in winter", "let the engine cool before you open it"],
    grievances: &["{X} cut me up at the {place} and hit the horn", "{X} took two spaces at the {place} with one {thing}", "{X} scratched my {thing} and drove off", "{X} overtook a {thing} on a blind bend",
        "{X} reversed into my {quality} {thing} at the {place}", "{X} blocked the {place} with a {thing} and walked away"],
};

pub(super) const HISTORY: Topic = Topic {
    name: "local history",
    things: &["castle", "church", "mill", "bridge", "tower", "coin", "charter", "wall", "statue", "map", "photograph", "monument", "well", "manor", "sword",
        "document", "ruin", "market cross", "painting", "gravestone", "clock tower", "canal", "plaque", "ship", "bell", "portrait", "workhouse", "fort", "pottery jar", "town seal"],
    places: &["museum", "old town", "town hall", "archive", "market square", "quarry", "abbey", "north gate"],
    roles: &["historian", "mayor", "curator", "archivist", "volunteer", "councillor", "tour guide"],
    acts: &["restore", "visit", "study", "protect", "discover", "photograph", "describe", "build", "save", "measure", "record", "clean", "find", "display"],
    qualities: &["old", "ancient", "stone", "ruined", "famous", "lost", "wooden", "royal", "narrow", "medieval", "grand", "hidden", "Roman", "carved"],
    events: &["guided tour", "anniversary", "dig", "exhibition", "town meeting", "open day", "parade"],
    troubles: &["the roof of the mill had fallen in", "the old map had been stolen", "the plaque had been put on the wrong house", "the cellar had flooded", "the council had sold the tower",
        "the bells had been silent for years", "the statue had lost its head", "the museum had run out of money"],
    tips: &["start with the parish records", "ask the oldest people in the street", "wear gloves when you touch the paper", "photograph every stone before you move it", "compare the two maps",
        "visit the museum on a weekday", "write down the source of every date", "look for marks above the door"],
    grievances: &["{X} planned to knock down the {quality} {thing}", "{X} sold the {thing} that our town had kept for centuries", "{X} got every date wrong at the {event}", "{X} painted over the {quality} {thing} with white paint",
        "{X} threw the {thing} away without asking the {place}", "{X} closed the {place} and blamed the visitors"],
};
