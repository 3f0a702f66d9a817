namespace ClientLb.TestBackend;

/// <summary>What a backend has seen of a request.</summary>
/// <param name="Method">The method.</param>
/// <param name="Path">The path.</param>
/// <param name="Host">The header <c>Host</c>.</param>
/// <param name="Headers">All headers, by name.</param>
public sealed record SeenRequest(string Method, string Path, string Host, IReadOnlyDictionary<string, string> Headers);
