"""What names and places are made of: short, long, quoted, accented, non-Latin and beyond the basic plane."""

GIVEN_NAMES = (
    "Ada", "Aoife", "Ayşe", "Björn", "Chloë", "D'Arcy", "Émilie", "Fatima", "Grace", "Hyun-woo", "İpek", "João",
    "Kwame", "Łukasz", "María José", "Nguyễn", "Ólafur", "Priya", "Quentin", "Renée", "Siobhán", "Thùy", "Ursula",
    "Víctor", "Wim", "Xóchitl", "Yuki", "Zoë", "Анна", "Ελένη", "נועה", "محمد", "अनन्या", "美咲", "伟", "지우",
)  # fmt: skip

FAMILY_NAMES = (
    "Nuñez", "O'Brien", "van der Berg", "Müller", "Dvořák", "Smith", "Ødegård", "Şahin", "Kowalczyk", "García Márquez",
    "Björnsdóttir", "\"Tex\" Johnson", "Åkesson", "N'Diaye", "Trần", "Иванова", "Παπαδόπουλος", "כהן", "الحسن",
    "शर्मा", "佐藤", "王", "김", "Smith-Jones", "de la Cruz; Jr.", "Ng", "𠮷田", "Back\\slash", "100% Real", "Null",
)  # fmt: skip

ADJECTIVES = (
    "Compact", "Cordless", "Everyday", "Feather-light", "Foldable", "Hand-made", "Heavy-duty", "Insulated", "Organic",
    "Portable", "Recycled", "Silent", "Stackable", "Vintage", "Waterproof", "Wireless",
)  # fmt: skip

NOUNS = (
    "Backpack", "Bicycle pump", "Blanket", "Café mug", "Camera", "Chef's knife", "Desk lamp", "Drill", "Headphones",
    "Jacket", "Kettle", "Keyboard", "Notebook", "Rain boots", "Scooter", "Smörgås board", "Speaker", "Tent", "Umbrella",
    '27" Monitor',
)  # fmt: skip

MODELS = ("A", "B", "C", "EVO-", "Mk ", "No. ", "S", "X")

DESCRIPTIONS = (
    "The {} that lasts: ten years of warranty.",
    "A {} for every day, in three colours.",
    'Our best-selling {}; "worth every cent", say customers.',
    "It's the {} you've been waiting for: 100% recyclable ♻.",
    "A {} for travellers.\nFits under the seat.",
    "{}",
    "",
    "A gift-wrapped {} 🎁, delivered to your door. " + "Returns are free within 30 days. " * 8,
)

PLACES = (
    "Antwerp", "A Coruña", "Bogotá", "Cluj-Napoca", "Düsseldorf", "Ho Chi Minh City", "'s-Hertogenbosch", "İzmir",
    "Kraków", "Lagos", "Malmö", "Montréal", "München", "Nairobi", "Portland, OR", "Reykjavík", "San José", "São Paulo",
    "St. John's", "Tromsø", "Washington, D.C.", "Zürich", "Αθήνα", "Москва", "القاهرة", "東京", "北京", "서울",
)  # fmt: skip
