using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ClientLb.Endpoints;

namespace ClientLb.Discovery;

/// <summary>
/// The bytes of a stored list: a line <c>clientlb-endpoints {version} {sha256} {length of the body}</c>, then the body, which is JSON. The checksum
/// is over everything but itself.
/// </summary>
internal static class StoredListFormat
{
    public const int Version = 1;

    private const int MaxHeader = 128;

    private static ReadOnlySpan<byte> Magic => "clientlb-endpoints "u8;

    /// <summary>Makes the bytes; none of a list that would not be read again.</summary>
    public static byte[]? Write(StoredListKey key, StoredList list, out string? problem)
    {
        // The table of a cluster lets the last one of two entries for the same endpoint count.
        var endpoints = new OrderedDictionary<(string, string, int), StoredEndpoint?>(list.Endpoints.Count);
        for (var i = 0; i < list.Endpoints.Count; i++)
        {
            var endpoint = list.Endpoints[i];
            var stored = StoredEndpoint.From(endpoint);
            if (stored.Problem() is { } wrong)
            {
                problem = CantBe(wrong, i);
                return null;
            }

            endpoints[(endpoint.Id, endpoint.Host, endpoint.Port)] = stored;
        }

        problem = null;
        var body = JsonSerializer.SerializeToUtf8Bytes(new()
        {
            Cluster = key.Cluster,
            Service = key.Service,
            Source = key.Source,
            ConfirmedAt = list.ConfirmedAt.ToUniversalTime(),
            Endpoints = [.. endpoints.Values],
        }, StoredListJson.Default.StoredListDocument);
        return [.. Header(body), .. body];
    }

    /// <summary>Reads what <see cref="Write"/> has written. Whatever the bytes are, it never throws and gives no list that was not written so.</summary>
    public static StoredListReading Read(ReadOnlySpan<byte> bytes, StoredListKey key)
    {
        if (bytes.IsEmpty)
        {
            return Wrong("it is empty");
        }

        if (!bytes.StartsWith(Magic))
        {
            return Wrong("it is no list of endpoints");
        }

        var fields = bytes[Magic.Length..];
        if (!Utf8Parser.TryParse(fields, out int version, out var digits) || version < 1 || digits == fields.Length || fields[digits] != (byte)' ')
        {
            return Wrong("its first line is damaged");
        }

        // Before anything else is looked at: only the first two words are promised to stay.
        if (version > Version)
        {
            return new(null, string.Create(CultureInfo.InvariantCulture, $"it has version {version}, known is {Version}"), IsNewer: true);
        }

        var end = bytes[..Math.Min(bytes.Length, MaxHeader)].IndexOf((byte)'\n');
        if (end < 0)
        {
            return Wrong("its first line is damaged");
        }

        // Made anew and compared as a whole: every bit of the line counts.
        var body = bytes[(end + 1)..];
        return bytes[..(end + 1)].SequenceEqual(Header(body)) ? ReadBody(body, key) : Wrong("its checksum or length is not that of its content: it is cut off or damaged");
    }

    /// <summary>The first line for a body.</summary>
    public static byte[] Header(ReadOnlySpan<byte> body)
    {
        var length = body.Length.ToString(CultureInfo.InvariantCulture);
        var version = Version.ToString(CultureInfo.InvariantCulture);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes($"{Encoding.ASCII.GetString(Magic)}{version} {length}\n"));
        hash.AppendData(body);
        return Encoding.ASCII.GetBytes($"{Encoding.ASCII.GetString(Magic)}{version} {Convert.ToHexStringLower(hash.GetHashAndReset())} {length}\n");
    }

    private static StoredListReading ReadBody(ReadOnlySpan<byte> body, StoredListKey key)
    {
        StoredListDocument? document;
        try
        {
            document = JsonSerializer.Deserialize(body, StoredListJson.Default.StoredListDocument);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NotSupportedException)
        {
            return Wrong("its content is not what was agreed on");
        }

        if (document is not { ConfirmedAt: { } confirmedAt, Endpoints: { Count: > 0 } written })
        {
            return Wrong("it lists no endpoint, or not when they were confirmed");
        }

        if (document.Cluster != key.Cluster || document.Service != key.Service || document.Source != key.Source)
        {
            return Wrong("it is the list of another cluster, service or source");
        }

        var endpoints = new EndpointDescriptor[written.Count];
        var seen = new HashSet<(string, string, int)>(written.Count);
        for (var i = 0; i < endpoints.Length; i++)
        {
            string? problem = "entry";
            if (written[i]?.ToDescriptor(out problem) is not { } endpoint)
            {
                return Wrong(CantBe(problem!, i));
            }

            if (!seen.Add((endpoint.Id, endpoint.Host, endpoint.Port)))
            {
                return Wrong(string.Create(CultureInfo.InvariantCulture, $"its endpoint {i} is there twice"));
            }

            endpoints[i] = endpoint;
        }

        return new(new(endpoints, confirmedAt));
    }

    private static string CantBe(string part, int endpoint) => string.Create(CultureInfo.InvariantCulture, $"the {part} of its endpoint {endpoint} can't be");

    private static StoredListReading Wrong(string problem) => new(null, problem);
}
