using ClientLb.Discovery;
using ClientLb.Endpoints;

namespace ClientLb.Http;

/// <summary>
/// The URI of a call that was written as Microsoft.Extensions.ServiceDiscovery has it, <c>https+http://orders/</c> or <c>http://_grpc.orders/</c>, in the form in which
/// it is sent: with one scheme, and the host <c>orders</c>, which is also the one that a certificate can be for.
/// </summary>
internal sealed class ServiceUri : Uri
{
    private readonly string[] _schemes;
    private readonly string _rest;
    private ServiceUri? _other;

    private ServiceUri(string cluster, string[] schemes, string scheme, string rest)
        : base(string.Concat(scheme, SchemeDelimiter, rest))
    {
        Cluster = cluster;
        _schemes = schemes;
        _rest = rest;
    }

    /// <summary>The cluster that is meant.</summary>
    public string Cluster { get; }

    /// <summary>Whether it has to be read before it can be sent: a scheme longer than https, or a host that begins with an underscore.</summary>
    public static bool IsReference(Uri uri) => uri is not ServiceUri && (uri.Scheme.Length > UriSchemeHttps.Length || uri.Host is ['_', ..]);

    /// <summary>The URI in the form in which it is sent; <see langword="null"/> where it is not written so, or nobody knows the cluster and it can be sent as it is.</summary>
    /// <param name="uri">The URI as it is written.</param>
    /// <param name="isKnown">Whether there is a cluster of a name.</param>
    /// <param name="nameOf">The name of the cluster that a host and a list of schemes mean.</param>
    public static Uri? Read(Uri uri, Func<string, bool> isKnown, Func<string, IReadOnlyList<string>, string> nameOf)
    {
        var schemes = uri.Scheme.Split('+');
        if (!IsReference(uri) || !Array.TrueForAll(schemes, static scheme => scheme == UriSchemeHttp || scheme == UriSchemeHttps))
        {
            return null;
        }

        var host = uri.Host;
        if (!isKnown(host))
        {
            return schemes.Length == 1 ? null : new Uri(string.Concat(schemes[0], SchemeDelimiter, uri.GetComponents(
                UriComponents.HostAndPort | UriComponents.PathAndQuery | UriComponents.Fragment, UriFormat.UriEscaped)));
        }

        var named = ServiceReference.Parse(host);
        var port = uri.IsDefaultPort ? "" : FormattableString.Invariant($":{uri.Port}");
        return new ServiceUri(nameOf(host, schemes), schemes, schemes[0], string.Concat(
            host is ['_', ..] ? named.Service : host, port, uri.PathAndQuery, uri.Fragment));
    }

    /// <summary>The URI for an endpoint: of several schemes that which the endpoint speaks.</summary>
    public ServiceUri For(EndpointDescriptor endpoint)
    {
        if (_schemes.Length == 1)
        {
            return this;
        }

        var scheme = EndpointScheme.Of(endpoint, _schemes);
        return scheme == Scheme ? this : _other ??= new(Cluster, _schemes, scheme, _rest) { _other = this };
    }

    /// <summary>Where a redirect leads that stays at this authority: to the same endpoints.</summary>
    public Uri Redirected(Uri target) => target.Host == Host && target.Port == Port
        ? new ServiceUri(Cluster, target.Scheme == Scheme ? _schemes : [target.Scheme], target.Scheme, string.Concat(target.Authority, target.PathAndQuery, target.Fragment))
        : target;
}
