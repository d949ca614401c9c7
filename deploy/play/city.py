"""Port Alder, a city that does not exist: its street grid, its cameras, its places, and the base map the console draws.

It lies in open farmland on purpose, so that nothing on the map can be mistaken for a real place. All positions WGS 84 degrees.
"""
import json
import math

LAT0, LON0 = 40.0000, -99.0000           # First Street and Alder Avenue
BLOCK_M = 160.0
STREETS = ["First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth", "Eleventh", "Twelfth",
           "Thirteenth", "Fourteenth", "Fifteenth", "Sixteenth", "Seventeenth", "Eighteenth", "Nineteenth", "Twentieth"]
AVENUES = ["Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Ironwood", "Juniper", "Katsura", "Larch", "Maple",
           "Nutmeg", "Oak", "Poplar", "Quince", "Redwood", "Spruce", "Tupelo", "Upas", "Viburnum", "Willow", "Yew"]
M_PER_DEG_LAT = 111_132.954
M_PER_DEG_LON = 111_319.488 * math.cos(math.radians(LAT0))

PLACES = {   # names that a post may use: (avenue index, street index, radius of what people call so, metres)
    "harbor market": (4, 3, 90), "union station": (9, 6, 120), "alder park": (14, 10, 180), "st. brigid hospital": (17, 4, 120),
    "memorial stadium": (20, 14, 200), "foundry row": (7, 12, 130), "cedar & ninth": (2, 8, 40), "juniper and twelfth": (9, 11, 40),
}
CAMERAS = {  # id: (avenue, street, radius of what it sees, metres)
    "cam-harbor-market": (4, 3, 35), "cam-union-station": (9, 6, 40), "cam-alder-park-gate": (14, 10, 35), "cam-foundry-row": (7, 12, 35),
    "cam-juniper-12th": (9, 11, 30), "cam-stadium-east": (20, 14, 45), "cam-maple-5th": (12, 4, 30), "cam-willow-16th": (22, 15, 30),
}


def at(avenue, street, east_m=0.0, north_m=0.0):
    """The crossing of an avenue and a street (indices may be fractions), moved by metres: (lat, lon)."""
    return (LAT0 + (street * BLOCK_M + north_m) / M_PER_DEG_LAT, LON0 + (avenue * BLOCK_M + east_m) / M_PER_DEG_LON)


def address(avenue, street):
    """How the call taker writes it: a crossing, or a block when the place lies between two crossings."""
    a, s = min(round(avenue), len(AVENUES) - 1), min(round(street), len(STREETS) - 1)
    if abs(avenue - a) < 0.2 and abs(street - s) < 0.2:
        return f"{AVENUES[a].upper()} AV / {STREETS[s].upper()} ST"
    return f"{100 * (s + 1)} BLOCK OF {AVENUES[a].upper()} AV"


def base_map():
    """The console's base map as GeoJSON: streets, avenues, a river, a park, and names."""
    features = []

    def line(name, kind, points):
        features.append({"type": "Feature", "properties": {"name": name, "kind": kind},
                         "geometry": {"type": "LineString", "coordinates": [[round(lon, 6), round(lat, 6)] for lat, lon in points]}})

    def area(name, kind, corners):
        ring = [[round(lon, 6), round(lat, 6)] for lat, lon in corners]
        features.append({"type": "Feature", "properties": {"name": name, "kind": kind},
                         "geometry": {"type": "Polygon", "coordinates": [ring + ring[:1]]}})

    last_avenue, last_street = len(AVENUES) - 1, len(STREETS) - 1
    area("Alder River", "water", [at(-3, -2), at(last_avenue + 3, -2.6), at(last_avenue + 3, -1.2), at(-3, -0.7)])
    area("Alder Park", "park", [at(13, 9), at(15, 9), at(15, 11), at(13, 11)])
    area("Stadium grounds", "park", [at(19.2, 13.2), at(20.8, 13.2), at(20.8, 14.8), at(19.2, 14.8)])
    for i, name in enumerate(AVENUES):
        line(f"{name} Avenue", "major" if i % 4 == 0 else "minor", [at(i, 0), at(i, last_street)])
    for i, name in enumerate(STREETS):
        line(f"{name} Street", "major" if i % 4 == 0 else "minor", [at(0, i), at(last_avenue, i)])
    for name, (avenue, street, _) in PLACES.items():
        lat, lon = at(avenue, street)
        features.append({"type": "Feature", "properties": {"name": name.title(), "kind": "place"},
                         "geometry": {"type": "Point", "coordinates": [round(lon, 6), round(lat, 6)]}})
    return {"type": "FeatureCollection", "features": features}


if __name__ == "__main__":
    print(json.dumps(base_map(), separators=(",", ":")))
