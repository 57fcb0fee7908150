extension String {
  /// The name most like this one, for "did you mean"; nil: none is near (more than a third of the letters differ).
  package func nearest(in names: some Sequence<String>) -> String? {
    let limit = max(1, count / 3 + 1)
    var best: (name: String, distance: Int)?
    for name in names {
      let distance = editDistance(to: name)
      if distance <= limit, distance < best?.distance ?? .max { best = (name, distance) }
    }
    return best?.name
  }

  /// Letters to be inserted, removed or replaced to make this text the other.
  package func editDistance(to other: String) -> Int {
    let a = Array(lowercased())
    let b = Array(other.lowercased())
    var row = Array(0...b.count)
    for (i, left) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, right) in b.enumerated() {
        let cost = diagonal + (left == right ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = Swift.min(cost, row[j] + 1, diagonal + 1)
      }
    }
    return row[b.count]
  }
}
