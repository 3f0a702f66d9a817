namespace ClientLb.AspNetCore;

/// <summary>The names that the server's side says aloud. Renaming one is a breaking change.</summary>
public static class ClientLbServerTelemetry
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "ClientLb.AspNetCore";
}
