using System.Net.Http.Headers;
using System.Runtime.CompilerServices;

namespace ClientLb.Http;

/// <summary>
/// The headers of a content that stands in for another one. They are the very headers of that: a copy, for each answer, would weigh more than all else that a tracked
/// body needs. Headers belong to one content, which knows their computed length, so the field behind it is set; in a runtime that does not have these fields they are copied.
/// </summary>
internal static class ContentHeaders
{
    private static readonly bool s_canShare = CanShare();

    /// <summary>Gives a new content the headers of another one, which is not to be sent or read by anybody else any more.</summary>
    /// <param name="from">The one that has them.</param>
    /// <param name="to">The one that gets them. It has none yet.</param>
    /// <returns>True where they are the same from now on: then their length, if there is one, stands in them, and must not be asked of <paramref name="from"/>.</returns>
    public static bool Hand(HttpContent from, HttpContent to)
    {
        if (!s_canShare)
        {
            HeaderCopy.Copy(from.Headers, to.Headers);
            return false;
        }

        // A length that is computed is asked for as long as its content can be asked, and stands there afterwards.
        if (!from.Headers.NonValidated.Contains("Content-Length"))
        {
            _ = from.Headers.ContentLength;
        }

        Share(from, to);
        return true;
    }

    private static void Share(HttpContent from, HttpContent to)
    {
        HeadersOf(to) = from.Headers;
        OwnerOf(from.Headers) = to;
    }

    private static bool CanShare()
    {
        try
        {
            return IsShared();
        }
        catch (MissingFieldException)
        {
            return false;
        }
    }

    // By itself, so that what it lacks is thrown where it is caught. Fields of these names that mean something else are not believed.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool IsShared()
    {
        using var one = new ByteArrayContent([1]);
        using var other = new ByteArrayContent([1, 2]);
        if (HeadersOf(other) is not null || !ReferenceEquals(OwnerOf(one.Headers), one))
        {
            return false;
        }

        Share(one, other);
        return ReferenceEquals(one.Headers, other.Headers) && other.Headers.ContentLength == 2;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_headers")]
    private static extern ref HttpContentHeaders? HeadersOf(HttpContent content);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_parent")]
    private static extern ref HttpContent OwnerOf(HttpContentHeaders headers);
}
