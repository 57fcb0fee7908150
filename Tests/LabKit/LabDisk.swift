/// A real small ext4 file system, mounted in the guest at /var/tmp, with old files in it. It outlives a power cut.
package struct LabDisk: Hashable, Sendable {
  /// The size of the image, MiB.
  package var mebibytes: Int
  /// How full, used / (used + available), in percent, when the guest first boots.
  package var usedPercent: Int
  /// The filling is spread over so many files, `/var/tmp/old-1.tmp` and on.
  package var oldFiles: Int
  /// How long ago everything in it was last read, written and changed: atime, mtime and ctime.
  package var ageDays: Int
  /// POSIX sh, run in the new file system's root before it is filled; what it makes is aged as well.
  package var setup: String

  package init(mebibytes: Int = 64, usedPercent: Int, oldFiles: Int = 12, ageDays: Int = 90, setup: String = "") {
    self.mebibytes = mebibytes
    self.usedPercent = usedPercent
    self.oldFiles = oldFiles
    self.ageDays = ageDays
    self.setup = setup
  }

  /// Above every default threshold (policy: `thresholds.disk_critical` 95).
  package static let full = LabDisk(usedPercent: 97)
}
