using System.Buffers;
using ClientLb.Settings;

namespace ClientLb.Affinity;

/// <summary>
/// Where the key of a call comes from: section <c>ClientLb:Clusters:{name}:HashKey</c>. The policies <c>source_hash</c>, <c>consistent_hash</c>, <c>maglev</c>
/// and <c>rendezvous</c> send calls with equal keys to the same endpoint; a call without a key goes to a random one.
/// </summary>
public sealed class HashKeyOptions
{
    private static readonly SearchValues<char> s_nameCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    /// <summary>What the key is made of. Default: nothing, calls have no key.</summary>
    public HashKeySource From { get; set; }

    /// <summary>The name of the header, cookie or query parameter. Needed for these.</summary>
    public string? Name { get; set; }

    /// <summary>
    /// How many proxies in front of this process are trusted to have added to <c>X-Forwarded-For</c>: the address is that many entries from the right, because
    /// whatever is further left was written by the client itself. Default 0: the header is not read.
    /// </summary>
    public int TrustedHops { get; set; }

    /// <summary>How many bits of an IPv4 address count. Default 32: all; 24 takes a whole network for one client.</summary>
    public int Prefix4 { get; set; } = 32;

    /// <summary>How many bits of an IPv6 address count. Default 128: all; 64 is one network, within which addresses change daily.</summary>
    public int Prefix6 { get; set; } = 128;

    internal static SettingsSchema<HashKeyOptions> Schema { get; } = new SettingsSchema<HashKeyOptions>()
        .Choice(nameof(From), static o => o.From, static (o, v) => o.From = v)
        .Text(nameof(Name), static o => o.Name, static (o, v) => o.Name = v, static v => v.Trim().Length > 0, "the name of a header, cookie or query parameter")
        .Whole(nameof(TrustedHops), static o => o.TrustedHops, static (o, v) => o.TrustedHops = v, 0, 100)
        .Whole(nameof(Prefix4), static o => o.Prefix4, static (o, v) => o.Prefix4 = v, 1, 32)
        .Whole(nameof(Prefix6), static o => o.Prefix6, static (o, v) => o.Prefix6 = v, 1, 128)
        .Rule(static (path, options, errors) =>
        {
            if (options.From is HashKeySource.Header or HashKeySource.Cookie or HashKeySource.QueryParameter && string.IsNullOrWhiteSpace(options.Name))
            {
                errors.Add(path + ":" + nameof(Name), options.Name, $"the name of a header, cookie or query parameter, because {nameof(From)} is {options.From}");
            }
            else if (options.From is HashKeySource.Header or HashKeySource.Cookie && options.Name.AsSpan().ContainsAnyExcept(s_nameCharacters))
            {
                // No header has such a name, so the call would never have a key, and nobody would say why.
                errors.Add(path + ":" + nameof(Name), options.Name, "a name of letters, digits and !#$%&'*+-.^_`|~");
            }
        });
}
