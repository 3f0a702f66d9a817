using System.Net.Http.Headers;
using System.Runtime.CompilerServices;

namespace ClientLb.Http;

/// <summary>
/// Whether a request has headers or options at all. A look at either by its property makes an empty collection (72 and 104 bytes), which every call would pay for
/// something that few requests have; so the fields behind them are read. In a runtime that does not have these, the answer is always yes, which is true after the look.
/// </summary>
internal static class RequestParts
{
    private static readonly bool s_canSee = CanSee();

    public static bool HasHeaders(HttpRequestMessage request) => !s_canSee || HeadersOf(request) is not null;

    public static bool HasOptions(HttpRequestMessage request) => !s_canSee || OptionsOf(request) is not null;

    private static bool CanSee()
    {
        try
        {
            using var probe = new HttpRequestMessage();
            return IsSeen(probe);
        }
        catch (MissingFieldException)
        {
            return false;
        }
    }

    // By itself, so that what it lacks is thrown where it is caught. Fields of these names that mean something else are not believed.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool IsSeen(HttpRequestMessage probe) =>
        HeadersOf(probe) is null && ReferenceEquals(probe.Headers, HeadersOf(probe)) && OptionsOf(probe) is null && ReferenceEquals(probe.Options, OptionsOf(probe));

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_headers")]
    private static extern ref HttpRequestHeaders? HeadersOf(HttpRequestMessage request);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_options")]
    private static extern ref HttpRequestOptions? OptionsOf(HttpRequestMessage request);
}
