using System.Globalization;
using ClientLb.Endpoints;

namespace ClientLb.Http;

/// <summary>Gives calls an id that is the same in all their attempts, so that a service's logs show them as one.</summary>
/// <param name="header">The header.</param>
/// <param name="random">Where ids come from.</param>
internal sealed class RequestIds(string header, IRandomSource random)
{
    /// <summary>Makes an id where the request has none. It stays with the request: redirects keep it, and the caller may read it.</summary>
    public void Ensure(HttpRequestMessage request)
    {
        if (!request.Headers.NonValidated.Contains(header))
        {
            request.Headers.TryAddWithoutValidation(header, string.Create(CultureInfo.InvariantCulture, $"{random.NextBits():x16}{random.NextBits():x16}"));
        }
    }
}
