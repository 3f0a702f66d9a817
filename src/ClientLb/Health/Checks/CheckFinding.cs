using System.Net.Sockets;
using System.Security.Authentication;
using ClientLb.Endpoints;

namespace ClientLb.Health.Checks;

/// <summary>What one check has found.</summary>
/// <param name="Mark">How it ended.</param>
/// <param name="Evidence">Hard evidence if it met such, else <see cref="Evidence.CheckFailed"/>; nothing for one that did not fail.</param>
/// <param name="Text">What happened, as the rest of a sentence whose subject is the check: "answered 503".</param>
internal readonly record struct CheckFinding(CheckMark Mark, Evidence Evidence, string Text)
{
    public static CheckFinding Passed { get; } = new(CheckMark.Passed, Evidence.None, "passed");

    public static CheckFinding TooSlow { get; } = Failed("got no answer in time");

    public static CheckFinding NoConnection { get; } = new(CheckMark.Failed, Evidence.Unreachable, "got no connection in time");

    public static CheckFinding Failed(string text) => new(CheckMark.Failed, Evidence.CheckFailed, text);

    public static CheckFinding Degraded(string text) => new(CheckMark.Degraded, Evidence.None, text);

    /// <summary>What an exception says.</summary>
    public static CheckFinding Of(Exception error)
    {
        for (var cause = error; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case SocketException socket:
                    return OfSocket(socket);
                case AuthenticationException:
                    return new(CheckMark.Failed, Evidence.TlsFailed, $"failed in the TLS handshake ({cause.Message.TrimEnd('.')})");
                case HttpIOException { HttpRequestError: HttpRequestError.HttpProtocolError }:
                    return Failed("got an answer that breaks the protocol");
                case OperationCanceledException:
                    return TooSlow;
            }
        }

        return error is HttpRequestException or IOException
            ? Failed($"broke off ({error.Message.TrimEnd('.')})")
            : Failed($"threw {error.GetType().Name}: {error.Message.TrimEnd('.')}");
    }

    private static CheckFinding OfSocket(SocketException error) => error.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => new(CheckMark.Failed, Evidence.Refused, "was refused"),
        SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoRecovery or SocketError.NoData =>
            new(CheckMark.Failed, Evidence.NameNotResolved, "found no address for the name"),
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.NetworkDown or SocketError.TimedOut =>
            new(CheckMark.Failed, Evidence.Unreachable, "found no way there"),
        SocketError.AddressNotAvailable or SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable or SocketError.AccessDenied =>
            new(CheckMark.Unclear, Evidence.None, error.Message),
        _ => Failed("had its connection broken"),
    };
}
