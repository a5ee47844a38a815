//! Topics around the house: gardening, cooking, repairs, neighbours, animals.

use super::topic::Topic;

pub(super) const GARDENING: Topic = Topic {
    name: "gardening",
    things: &["plant", "rose", "seed", "tomato", "hedge", "bulb", "spade", "lawn", "apple tree", "flower bed", "pot", "rake", "wheelbarrow", "bean", "herb",
        "shrub", "compost heap", "hose", "trellis", "cabbage", "onion", "tulip", "marrow", "watering can", "dahlia", "trowel", "cucumber", "fern", "cutting", "lavender bush"],
    places: &["garden", "greenhouse", "allotment", "shed", "vegetable patch", "orchard", "back yard", "potting bench"],
    roles: &["gardener", "allotment keeper", "florist", "grower", "landscaper", "judge"],
    acts: &["plant", "water", "trim", "prune", "dig up", "move", "feed", "weed around", "cover", "mulch", "sow", "cut back", "harvest", "shade"],
    qualities: &["green", "healthy", "tall", "fresh", "ripe", "leafy", "wilted", "fragrant", "overgrown", "thorny", "hardy", "leggy", "sturdy", "blooming"],
    events: &["flower show", "plant sale", "open garden day", "harvest lunch", "spring clean", "seed swap"],
    troubles: &["the slugs had eaten every seedling", "the frost had killed the young plants", "the hose had split in two places", "the roses had black spots on their leaves",
        "the soil had dried out completely", "the greenhouse door had blown off", "the tomatoes had failed to ripen", "the lawn had turned yellow"],
    tips: &["water the beds before the sun is high", "cut the stems just above a bud", "put straw under the fruit", "leave the seedlings on a sunny shelf for a week",
        "mix sand into heavy soil", "wait for the last frost before you plant", "turn the heap once a month", "pick the beans while they are small"],
    grievances: &["{X} cut down my {quality} {thing} without asking", "{X} left the gate open and the goats ate every {thing}", "{X} trampled the new {thing:s} for the third time",
        "{X} sold me a dead {thing} and refused a refund", "{X} dumped old {thing:s} on my plot again", "{X} took my {thing} from the {place}"],
};

pub(super) const COOKING: Topic = Topic {
    name: "cooking",
    things: &["cake", "soup", "pie", "loaf", "potato", "pan", "recipe", "sauce", "stew", "egg", "oven", "pancake", "salad", "sandwich", "pudding",
        "knife", "bowl", "roast", "dumpling", "biscuit", "carrot", "curry", "saucepan", "omelette", "mushroom", "kettle", "tart", "noodle", "whisk", "casserole"],
    places: &["kitchen", "cafe", "bakery", "dining room", "pantry", "market stall", "canteen", "restaurant"],
    roles: &["cook", "baker", "chef", "waiter", "guest", "butcher"],
    acts: &["bake", "cook", "taste", "burn", "stir", "serve", "heat", "season", "slice", "cool", "share", "chop", "prepare", "reheat", "cover"],
    qualities: &["warm", "sweet", "salty", "crisp", "tasty", "creamy", "spicy", "burnt", "golden", "sticky", "soft", "bitter", "rich", "fluffy"],
    events: &["dinner", "birthday party", "baking contest", "Sunday lunch", "cookery class", "picnic"],
    troubles: &["the oven had gone cold halfway through", "the milk had gone sour", "the dough had refused to rise", "the sauce had turned lumpy",
        "somebody had used salt instead of sugar", "the pie had burnt on one side", "the guests had arrived an hour early", "the smoke alarm had gone off twice"],
    tips: &["let the dough rest for an hour", "add the salt at the very end", "keep the lid on while it simmers", "use cold butter and work quickly",
        "warm the plates before you serve", "taste the sauce before you add more pepper", "beat the eggs until they are pale", "let the meat stand for ten minutes"],
    grievances: &["{X} served us a cold {thing} after an hour of waiting", "{X} burnt the {thing} and blamed the oven", "{X} dropped my {thing} on the floor and laughed",
        "{X} ate the {quality} {thing} that I made for the {event}", "{X} forgot our order and charged us twice", "{X} stole my idea for a {thing} at the {event}"],
};

pub(super) const REPAIRS: Topic = Topic {
    name: "repairs",
    things: &["tap", "door", "roof", "boiler", "pipe", "window", "lamp", "lock", "washing machine", "switch", "hinge", "radiator", "shelf", "gutter", "hammer",
        "drill", "screw", "cable", "ladder", "fuse", "toolbox", "chair leg", "floorboard", "clock", "bolt", "plug", "saw", "chimney", "drawer", "tile"],
    places: &["workshop", "cellar", "bathroom", "garage", "attic", "hallway", "landing", "utility room"],
    roles: &["plumber", "electrician", "carpenter", "builder", "handyman", "roofer", "decorator"],
    acts: &["repair", "fix", "replace", "check", "paint", "tighten", "measure", "clean", "remove", "oil", "mend", "seal", "sand down", "polish", "glue", "rewire"],
    qualities: &["broken", "rusty", "loose", "leaking", "new", "old", "cracked", "solid", "blocked", "crooked", "squeaky", "faulty", "wooden", "spare"],
    events: &["inspection", "repair evening", "renovation", "tool sale", "safety check", "rebuild"],
    troubles: &["the tap had dripped all night", "the boiler had stopped working", "the ceiling had begun to sag", "the fuse had blown again",
        "the door had jammed in its frame", "the paint had peeled off the wall", "the pipe under the sink had burst", "the key had snapped in the lock"],
    tips: &["turn the water off before you start", "measure twice and cut once", "put a little oil on the hinge", "wrap the thread with tape", "let the first coat dry overnight",
        "use a longer screw for soft wood", "switch off the power at the board", "ask for a written price before the work begins"],
    grievances: &["{X} charged me double and left the {thing} {quality}", "{X} broke the {thing} and walked off without a word", "{X} missed three appointments to mend our {thing}",
        "{X} drilled straight through the {thing} in the {place}", "{X} flooded the {place} and blamed the {thing}", "{X} took the deposit and never fixed the {thing}"],
};

pub(super) const NEIGHBOURS: Topic = Topic {
    name: "neighbours",
    things: &["fence", "parcel", "gate", "bin", "party", "letter", "car", "bicycle", "drum kit", "dog", "bonfire", "key", "radio", "wall", "ball",
        "barbecue", "doorbell", "path", "tree", "washing line", "window", "lawnmower", "trampoline", "motorbike", "note", "hedge", "van", "light", "stereo", "porch"],
    places: &["street", "stairwell", "courtyard", "driveway", "flat upstairs", "front door", "corner house", "back lane"],
    roles: &["neighbour", "landlord", "tenant", "caretaker", "lodger", "postman"],
    acts: &["move", "borrow", "return", "paint", "leave out", "collect", "share", "repair", "hide", "bring round", "complain about", "notice", "carry in", "replace"],
    qualities: &["noisy", "shared", "quiet", "high", "bright", "friendly", "muddy", "missing", "narrow", "broken", "barking", "heavy", "borrowed", "smoky"],
    events: &["street party", "residents' meeting", "house move", "barbecue", "clean-up day", "garage sale"],
    troubles: &["the music had gone on until three", "the bins had been left in the road", "the dog had barked all weekend", "somebody had parked across the drive",
        "the fence had fallen on our side", "the parcel had gone missing", "the smoke had drifted into our rooms", "the stairs had not been swept for a month"],
    tips: &["knock and say hello before you write a letter", "agree on the cost of the fence first", "keep a note of the dates", "offer a slice of cake and a chat",
        "turn the music down after ten", "put your number on the parcel", "invite the whole street", "share the work between the houses"],
    grievances: &["{X} played loud music until three again", "{X} parked across our {place} for the third time", "{X} opened my letters and denied it", "{X} threw a {thing} over the wall into our yard",
        "{X} let the {thing} block the {place} all week", "{X} kept my {thing} and would not answer the door"],
};

pub(super) const ANIMALS: Topic = Topic {
    name: "animals",
    things: &["dog", "cat", "horse", "rabbit", "hen", "bird", "puppy", "kitten", "pony", "duck", "hedgehog", "parrot", "goat", "basket", "lead",
        "collar", "sheep", "hamster", "tortoise", "goose", "owl", "kennel", "fish tank", "saddle", "calf", "feeder", "squirrel", "lamb", "stable", "ferret"],
    places: &["farm", "shelter", "stable yard", "park", "field", "barn", "pet shop", "pond"],
    roles: &["vet", "farmer", "breeder", "dog walker", "groom", "keeper", "owner"],
    acts: &["feed", "brush", "walk", "stroke", "train", "wash", "follow", "rescue", "name", "weigh", "calm", "chase", "catch", "adopt"],
    qualities: &["small", "hungry", "brown", "friendly", "shy", "playful", "furry", "sleepy", "old", "spotted", "gentle", "stray", "curious", "nervous"],
    events: &["dog show", "pony ride", "farm visit", "training class", "adoption day", "lambing season"],
    troubles: &["the dog had run off after a rabbit", "the cat had climbed onto the roof", "the hens had stopped laying", "the horse had gone lame", "a fox had broken into the run",
        "the pony had lost a shoe", "the puppy had chewed the sofa", "the rabbit had dug under the fence"],
    tips: &["give them clean water twice a day", "reward the dog at once", "keep the cat indoors for two weeks", "check the paws after a long walk", "lock the run before dark",
        "move slowly and speak softly", "let the pony smell your hand first", "ask the vet about the right food"],
    grievances: &["{X} left a {quality} {thing} out in the rain all night", "{X} let the {thing} run loose on the road", "{X} shouted at my {thing} in front of the children",
        "{X} charged us for the {thing} and never looked at it", "{X} lost the {thing} and did not tell us", "{X} forgot to feed the {thing} for two days"],
};
