using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace ClientLb.Http.Grpc;

/// <summary>The gRPC methods that a client calls.</summary>
internal sealed class GrpcMethods(IEnumerable<string> idempotent)
{
    // Real services have some dozens. Somebody who puts a number into the path must not fill the memory.
    private const int Most = 1000;

    private readonly string[] _patterns = [.. idempotent];
    private readonly ConcurrentDictionary<string, GrpcMethod> _byPath = new(StringComparer.Ordinal);

    // gRPC's clients keep one URI object for each method: then nothing is made and no text compared.
    private readonly ConditionalWeakTable<Uri, GrpcMethod> _byUri = [];
    private Uri? _seen;

    /// <summary>True for the form that the settings ask for.</summary>
    public static bool IsPattern(string pattern) =>
        pattern == "*" || (pattern.StartsWith('/') && !pattern.AsSpan(0, pattern.Length - 1).Contains('*') && (pattern.EndsWith('*') || pattern.LastIndexOf('/') is > 1 and var last && last < pattern.Length - 1));

    /// <summary>The method that a request calls.</summary>
    public GrpcMethod Of(Uri uri) => _byUri.TryGetValue(uri, out var known) ? known : Find(uri);

    private GrpcMethod Find(Uri uri)
    {
        var path = uri.AbsolutePath;
        if (!_byPath.TryGetValue(path, out var method))
        {
            method = _byPath.Count < Most ? _byPath.GetOrAdd(path, new GrpcMethod(path, IsIdempotent(path))) : new GrpcMethod(path, IsIdempotent(path), learns: false);
        }

        if (ReferenceEquals(_seen, uri))
        {
            _byUri.AddOrUpdate(uri, method);
        }

        _seen = uri;
        return method;
    }

    private bool IsIdempotent(string path) => Array.Exists(_patterns, pattern =>
        pattern.EndsWith('*') ? path.AsSpan().StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.Ordinal) : path == pattern);
}
