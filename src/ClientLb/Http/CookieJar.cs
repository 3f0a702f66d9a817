using System.Net;

namespace ClientLb.Http;

/// <summary>The cookies of one client, whichever endpoint set them. Costs next to nothing as long as there are none.</summary>
internal sealed class CookieJar
{
    private const string Cookie = "Cookie";
    private const string SetCookie = "Set-Cookie";

    private readonly CookieContainer _container;

    public CookieJar(CookieContainer? container = null) => _container = container ?? new CookieContainer();

    /// <summary>Adds what the container holds for the request's URI, behind the user's own cookies.</summary>
    /// <param name="request">The request, with its logical URI.</param>
    /// <param name="own">The user's own header, for <see cref="Restore"/>; <see langword="null"/> where there is none.</param>
    /// <returns>True when the header has been changed: restore it after the call, or before a redirect.</returns>
    public bool AddTo(HttpRequestMessage request, out string? own)
    {
        own = null;
        if (_container.Count == 0 || request.RequestUri is not { } uri)
        {
            return false;
        }

        var ours = _container.GetCookieHeader(uri);
        if (ours.Length == 0)
        {
            return false;
        }

        if (request.Headers.NonValidated.TryGetValues(Cookie, out var values))
        {
            own = string.Join("; ", (IEnumerable<string>)values);
            request.Headers.Remove(Cookie);
            ours = own + "; " + ours;
        }

        request.Headers.TryAddWithoutValidation(Cookie, ours);
        return true;
    }

    /// <summary>Makes the header what it was before <see cref="AddTo"/> returned true.</summary>
    public static void Restore(HttpRequestMessage request, string? own)
    {
        request.Headers.Remove(Cookie);
        if (own is not null)
        {
            request.Headers.TryAddWithoutValidation(Cookie, own);
        }
    }

    /// <summary>Keeps what a response sets.</summary>
    /// <param name="uri">The logical URI of its request.</param>
    /// <param name="response">The response.</param>
    public void Store(Uri uri, HttpResponseMessage response)
    {
        if (!response.Headers.NonValidated.TryGetValues(SetCookie, out var values))
        {
            return;
        }

        foreach (var value in values)
        {
            try
            {
                _container.SetCookies(uri, value);
            }
            catch (CookieException)
            {
                // As SocketsHttpHandler: a cookie that can't be understood is none.
            }
        }
    }
}
