using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using ClientLb.Discovery;

namespace ClientLb.Consul;

/// <summary>Says of each way to fail what to check.</summary>
internal static class ConsulFailure
{
    private const int LongestText = 300;

    public static DiscoveryException Of(Uri uri, HttpStatusCode status, string body)
    {
        var text = string.Join(' ', body.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        text = text.Length > LongestText ? text[..LongestText] + "…" : text;
        var said = FormattableString.Invariant($"Consul at {Agent(uri)} answered {(int)status}: {text}.");
        return status switch
        {
            HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized when Has(text, "ACL not found") => new(DiscoveryErrorKind.Denied,
                said + " The token is not valid or was deleted: check ClientLb:Consul:Token, TokenFile or CONSUL_HTTP_TOKEN."),
            HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized => new(DiscoveryErrorKind.Denied,
                said + " The token lacks rights: it needs " + (uri.AbsolutePath.Contains("/v1/agent/", StringComparison.Ordinal)
                    ? "service:write on the service that is registered."
                    : "service:read on the service and node:read on its nodes.")),
            HttpStatusCode.BadRequest when Has(text, "HTTPS server") => new(DiscoveryErrorKind.Insecure,
                said + " The port speaks TLS: write https:// in ClientLb:Consul:Addresses."),
            HttpStatusCode.BadRequest when Has(text, "Enterprise") => new(DiscoveryErrorKind.Invalid,
                said + $" This agent is not Consul Enterprise: remove {EnterpriseKey(text)}."),
            HttpStatusCode.NotFound when Has(text, "Query not found") => new(DiscoveryErrorKind.Invalid,
                said + " There is no prepared query of this name or id: check ClientLb:Clusters:<name>:Consul:PreparedQuery."),
            _ when Has(text, "No path to datacenter") => new(DiscoveryErrorKind.Unavailable,
                said + " The data centre is not known there: check ClientLb:Consul:Datacenter."),
            _ when Has(text, "expression") || Has(text, "Selector") => new(DiscoveryErrorKind.Invalid,
                said + " Check ClientLb:Consul:Filter."),
            (HttpStatusCode)429 or >= HttpStatusCode.InternalServerError => new(DiscoveryErrorKind.Unavailable, said),
            _ => new(DiscoveryErrorKind.Invalid, said + " Is it an agent's HTTP address?"),
        };
    }

    public static DiscoveryException Of(Uri uri, Exception exception)
    {
        var agent = Agent(uri);
        if (Find<JsonException>(exception) is not null)
        {
            return new(
                DiscoveryErrorKind.Invalid, $"Consul at {agent} gave an answer that is not understood. Is it an agent's HTTP address?", exception);
        }

        if (exception is UnauthorizedAccessException or FileNotFoundException or DirectoryNotFoundException)
        {
            return new(DiscoveryErrorKind.Denied, "The file with Consul's token can't be read: check ClientLb:Consul:TokenFile.", exception);
        }

        if (Find<AuthenticationException>(exception) is { } tls)
        {
            return new(DiscoveryErrorKind.Insecure, $"No secure connection to Consul at {agent}: {tls.Message} Check that ClientLb:Consul:CaFile "
                + "holds the authority that signed the agent's certificate, and that the certificate names the host of the address or "
                + "TlsServerName.", exception);
        }

        if (Find<SocketException>(exception) is { } socket)
        {
            return socket.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown
                ? Reset(agent, uri, exception)
                : new(DiscoveryErrorKind.Unreachable, $"No connection to Consul at {agent}: {socket.Message}. Is the agent running, and is "
                    + "ClientLb:Consul:Addresses right?", exception);
        }

        // TLS 1.3 tells of a refused client certificate at the first read only, and not as an authentication error.
        return uri.Scheme == Uri.UriSchemeHttps && Find<HttpIOException>(exception) is null && Find<IOException>(exception) is { } io
            ? new(DiscoveryErrorKind.Insecure, $"Consul at {agent} ended the secure connection: {io.Message} It probably asks for a client "
                + "certificate: check ClientLb:Consul:CertificateFile and KeyFile.", exception)
            : Reset(agent, uri, exception);
    }

    public static DiscoveryException NoAnswer(Uri uri, TimeSpan deadline, Exception exception) => new(DiscoveryErrorKind.Timeout,
        FormattableString.Invariant($"Consul at {Agent(uri)} gave no answer in {deadline.TotalSeconds:0.#} s."), exception);

    public static DiscoveryException NoConnection(Uri uri, TimeSpan timeout, Exception exception) => new(DiscoveryErrorKind.Unreachable,
        FormattableString.Invariant($"No connection to Consul at {Agent(uri)} in {timeout.TotalSeconds:0.#} s."), exception);

    private static DiscoveryException Reset(string agent, Uri uri, Exception exception) => new(DiscoveryErrorKind.Unreachable,
        $"Consul at {agent} closed the connection. It stopped or restarted, "
        + (uri.Scheme == Uri.UriSchemeHttps
            ? "or it asks for a client certificate (ClientLb:Consul:CertificateFile and KeyFile), or it does not speak TLS at this port"
            : "or the port speaks TLS")
        + ", or this machine has reached the agent's limits.http_max_conns_per_client (200 unless set): a held query needs one connection each "
        + "(ClientLb:Consul:MaxHeldQueries).",
        exception);

    private static string EnterpriseKey(string text) => Has(text, "partition")
        ? "ClientLb:Consul:Partition, that of the cluster (ClientLb:Clusters:<name>:Consul:Partition) or CONSUL_PARTITION"
        : "ClientLb:Consul:Namespace, that of the cluster (ClientLb:Clusters:<name>:Consul:Namespace) or CONSUL_NAMESPACE";

    private static string Agent(Uri uri) => uri.GetLeftPart(UriPartial.Authority);

    private static bool Has(string text, string part) => text.Contains(part, StringComparison.OrdinalIgnoreCase);

    private static T? Find<T>(Exception? exception) where T : Exception
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is T found)
            {
                return found;
            }
        }

        return null;
    }
}
