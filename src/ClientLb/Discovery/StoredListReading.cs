namespace ClientLb.Discovery;

/// <summary>What was found in a file: a list, or what is wrong with it.</summary>
/// <param name="List">The list; <see langword="null"/> where there is none to be trusted.</param>
/// <param name="Problem">Why not, as an end of the sentence "it is not used: …".</param>
/// <param name="IsNewer">True where nothing is wrong but that a later version of the library has written it.</param>
internal readonly record struct StoredListReading(StoredList? List, string? Problem = null, bool IsNewer = false);
