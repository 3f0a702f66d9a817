using System.Net;

namespace ClientLb.Http;

/// <summary>Where a response sends its request, and in what form. The rules are those of SocketsHttpHandler, apart from <c>Authorization</c>.</summary>
/// <param name="Target">The new URI.</param>
/// <param name="BecomesGet">True when the method becomes GET and the content is dropped; otherwise the content must be sent again.</param>
/// <param name="LeavesAuthority">True when scheme, host or port change: the request leaves the cluster, and credentials stay behind.</param>
internal readonly record struct RedirectStep(Uri Target, bool BecomesGet, bool LeavesAuthority)
{
    /// <summary>Looks whether a response is a redirect that is followed.</summary>
    /// <returns>False for any other response, a redirect without a location, and one from https to http.</returns>
    public static bool TryRead(HttpRequestMessage request, HttpResponseMessage response, out RedirectStep step)
    {
        step = default;
        var status = (int)response.StatusCode;
        if (status is < 300 or > 308 || !IsRedirect(response.StatusCode))
        {
            return false;
        }

        if (request.RequestUri is not { } from || response.Headers.Location is not { } location)
        {
            return false;
        }

        var target = location.IsAbsoluteUri ? location : new Uri(from, location);
        if ((!IsHttp(target) && !IsHttps(target)) || (IsHttps(from) && !IsHttps(target)))
        {
            return false;
        }

        if (from.Fragment.Length > 0 && target.Fragment.Length == 0)
        {
            // RFC 9110, 10.2.2: a target without a fragment inherits the one of the request.
            target = new UriBuilder(target) { Fragment = from.Fragment }.Uri;
        }

        step = new RedirectStep(
            from is ServiceUri service ? service.Redirected(target) : target,
            TurnsIntoGet(response.StatusCode, request.Method),
            Uri.Compare(from, target, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) != 0);
        return true;
    }

    /// <summary>Makes the request the next one.</summary>
    public void ApplyTo(HttpRequestMessage request)
    {
        request.RequestUri = Target;
        if (LeavesAuthority)
        {
            // Meant for the one who was called, not for whoever it names.
            request.Headers.Authorization = null;
            request.Headers.Remove("Cookie");
            request.Headers.Host = null;
        }

        if (BecomesGet)
        {
            request.Method = HttpMethod.Get;
            request.Content = null;
            if (request.Headers.TransferEncodingChunked == true)
            {
                request.Headers.TransferEncodingChunked = false;
            }
        }
    }

    private static bool IsRedirect(HttpStatusCode status) => status
        is HttpStatusCode.MultipleChoices
        or HttpStatusCode.MovedPermanently
        or HttpStatusCode.Found
        or HttpStatusCode.SeeOther
        or HttpStatusCode.TemporaryRedirect
        or HttpStatusCode.PermanentRedirect;

    private static bool TurnsIntoGet(HttpStatusCode status, HttpMethod method) => status switch
    {
        HttpStatusCode.MultipleChoices or HttpStatusCode.MovedPermanently or HttpStatusCode.Found => method == HttpMethod.Post,
        HttpStatusCode.SeeOther => method != HttpMethod.Get && method != HttpMethod.Head,
        _ => false,
    };

    private static bool IsHttp(Uri uri) => uri.Scheme == Uri.UriSchemeHttp;

    private static bool IsHttps(Uri uri) => uri.Scheme == Uri.UriSchemeHttps;
}
