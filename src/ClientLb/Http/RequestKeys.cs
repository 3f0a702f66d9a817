using System.Net.Http.Headers;
using ClientLb.Affinity;
using ClientLb.Endpoints;

namespace ClientLb.Http;

/// <summary>Reads the key of a call out of its request. Nothing is allocated, and what is not there or empty is no key: or all such calls would share an endpoint.</summary>
internal static class RequestKeys
{
    private const string ForwardedFor = "X-Forwarded-For";

    public static CallKey Of(HttpRequestMessage request, HashKeyOptions options) => options.From switch
    {
        HashKeySource.Header => OfHeader(request, options.Name!),
        HashKeySource.Cookie => OfCookie(request, options.Name!),
        HashKeySource.QueryParameter => OfQuery(request, options.Name!),
        HashKeySource.Path => OfText(PathOf(request)),
        HashKeySource.PathAndQuery => OfText(request.RequestUri?.PathAndQuery),
        HashKeySource.ClientAddress => OfAddress(request, options),
        HashKeySource.RequestOption => request.Options.TryGetValue(LoadBalancingRequestOptions.HashKey, out var text) ? OfText(text) : default,
        _ => default,
    };

    private static CallKey OfText(ReadOnlySpan<char> text) => text.IsEmpty ? default : CallKey.Of(StableHash.Of(text));

    private static CallKey OfHeader(HttpRequestMessage request, string name)
    {
        if (!request.Headers.NonValidated.TryGetValues(name, out var values))
        {
            return default;
        }

        // Of several values each counts, in their order: the hash of what came before is the seed of the next.
        var key = default(CallKey);
        foreach (var value in values)
        {
            key = value.Length == 0 ? key : CallKey.Of(StableHash.Of(value, key.Hash));
        }

        return key;
    }

    private static CallKey OfCookie(HttpRequestMessage request, string name)
    {
        if (!request.Headers.NonValidated.TryGetValues("Cookie", out var values))
        {
            return default;
        }

        foreach (var value in values)
        {
            var cookies = value.AsSpan();
            foreach (var range in cookies.Split(';'))
            {
                var cookie = cookies[range].Trim();
                var equals = cookie.IndexOf('=');
                if (equals > 0 && cookie[..equals].TrimEnd().SequenceEqual(name))
                {
                    return OfText(cookie[(equals + 1)..].Trim().Trim('"'));
                }
            }
        }

        return default;
    }

    private static CallKey OfQuery(HttpRequestMessage request, string name)
    {
        // The whole is made once per URI, and sending needs it; Uri.Query would make another text.
        ReadOnlySpan<char> text = request.RequestUri?.PathAndQuery;
        var start = text.IndexOf('?');
        if (start < 0)
        {
            return default;
        }

        var query = text[(start + 1)..];
        foreach (var range in query.Split('&'))
        {
            var parameter = query[range];
            var equals = parameter.IndexOf('=');
            if (equals > 0 && parameter[..equals].SequenceEqual(name))
            {
                return OfText(parameter[(equals + 1)..]);
            }
        }

        return default;
    }

    private static ReadOnlySpan<char> PathOf(HttpRequestMessage request)
    {
        ReadOnlySpan<char> text = request.RequestUri?.PathAndQuery;
        var end = text.IndexOf('?');
        return end < 0 ? text : text[..end];
    }

    private static CallKey OfAddress(HttpRequestMessage request, HashKeyOptions options)
    {
        if (options.TrustedHops > 0 && request.Headers.NonValidated.TryGetValues(ForwardedFor, out var values))
        {
            return ClientAddress.KeyOf(FromTheRight(values, options.TrustedHops), options);
        }

        return request.Options.TryGetValue(LoadBalancingRequestOptions.HashKey, out var address) ? ClientAddress.KeyOf(address, options) : default;
    }

    /// <summary>An entry of a list that may stand in several lines; empty where the list is shorter: then a trusted proxy was not passed.</summary>
    private static ReadOnlySpan<char> FromTheRight(HeaderStringValues lines, int position)
    {
        var entries = 0;
        foreach (var line in lines)
        {
            entries += 1 + line.AsSpan().Count(',');
        }

        var wanted = entries - position;
        foreach (var line in lines)
        {
            var text = line.AsSpan();
            foreach (var range in text.Split(','))
            {
                if (wanted-- == 0)
                {
                    return text[range];
                }
            }
        }

        return default;
    }
}
