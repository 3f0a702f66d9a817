namespace ClientLb.Http;

/// <summary>An attempt needed one more connection over HTTP/2 than its client may have to the endpoint. Nothing was sent, and the endpoint is not to blame.</summary>
/// <param name="settings">How connections are made.</param>
/// <param name="waited">How long it has waited.</param>
internal sealed class ConnectionLimitException(ConnectionSettings settings, TimeSpan waited) : IOException(FormattableString.Invariant(
    $"MaxConnectionsPerEndpoint ({settings.MaxConnections}) of the client '{settings.Client}' allows no further connection, and within {waited.TotalMilliseconds:0} ms no stream of those that are open was free"));
