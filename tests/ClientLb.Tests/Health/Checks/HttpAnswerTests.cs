using System.Text;
using ClientLb.Health;
using ClientLb.Health.Checks;
using FsCheck;
using FsCheck.Fluent;

namespace ClientLb.Tests.Health.Checks;

public class HttpAnswerTests
{
    private static readonly HttpExpectation s_expectation = new(new HealthCheckOptions());

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nHealthy", 200, "Healthy")]
    [InlineData("HTTP/1.0 200\r\ncontent-length:  2 \r\n\r\nabcdef", 200, "ab")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nDeg\r\n5\r\nraded\r\n0\r\n", 200, "Degraded")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", 204, "")]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 100000\r\n\r\n", 503, "")]
    public void Answer_is_read(string text, int status, string body)
    {
        Assert.Equal(HttpReading.Done, Read(text, false, out var answer));
        Assert.Equal(status, answer.Status);
        Assert.Equal(body, Encoding.ASCII.GetString(answer.Body.Span));
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 O")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nHea")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nDeg\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nno length")]
    public void Answer_that_is_not_whole_wants_more(string text) => Assert.Equal(HttpReading.More, Read(text, false, out _));

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nHea")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nDeg\r\n")]
    public void Answer_cut_off_is_broken(string text) => Assert.Equal(HttpReading.Broken, Read(text, true, out _));

    [Fact]
    public void Body_without_a_length_ends_with_the_connection()
    {
        Assert.Equal(HttpReading.Done, Read("HTTP/1.1 200 OK\r\n\r\nDegraded", true, out var answer));
        Assert.Equal("Degraded", Encoding.ASCII.GetString(answer.Body.Span));
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("HTTP/2 200\r\n\r\n")]
    [InlineData("HTTP/1.1 2000 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 abc OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\na")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\na")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n")]
    public void Garbage_is_broken(string text) => Assert.Equal(HttpReading.Broken, Read(text, false, out _));

    [Fact]
    public void Head_without_an_end_is_broken() =>
        Assert.Equal(HttpReading.Broken, Read("HTTP/1.1 200 OK\r\nX: " + new string('a', HttpAnswer.MaxHead), false, out _));

    [Fact]
    public void Body_of_any_length_is_read_up_to_64_KB()
    {
        Assert.Equal(HttpReading.Done, Read("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n" + new string('a', 70_000), false, out var answer));
        Assert.Equal(HttpExpectation.MaxBody, answer.Body.Length);
        Assert.Equal(HttpReading.Done, Read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n" + new string('a', 70_000), false, out answer));
        Assert.Equal(HttpExpectation.MaxBody, answer.Body.Length);
        Assert.Equal(HttpReading.Done, Read("HTTP/1.1 200 OK\r\n\r\n" + new string('a', 70_000), false, out answer));
        Assert.Equal(HttpExpectation.MaxBody, answer.Body.Length);
    }

    [Fact]
    public void Bytes_of_any_kind_never_throw() =>
        Prop.ForAll(AnyBytes.ToArbitrary(), Gen.Elements(true, false).ToArbitrary(), static (bytes, isEnd) =>
        {
            var reading = HttpAnswer.TryRead(bytes, isEnd, s_expectation, out var answer);
            return !(isEnd && reading == HttpReading.More) && (reading != HttpReading.Done || answer.Status is >= 100 and <= 999);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    [Fact]
    public void Answer_in_pieces_is_read_as_in_one() =>
        Prop.ForAll(Gen.Choose(0, 40).ListOf().ToArbitrary(), static sizes =>
        {
            var text = new StringBuilder("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            foreach (var size in sizes.Where(static size => size > 0))
            {
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{size:x}\r\n{new string('b', size)}\r\n");
            }

            var whole = Encoding.ASCII.GetBytes(text.Append("0\r\n").ToString());
            for (var length = 0; length < whole.Length; length++)
            {
                if (HttpAnswer.TryRead(whole.AsMemory(0, length), false, s_expectation, out _) != HttpReading.More)
                {
                    return false;
                }
            }

            return HttpAnswer.TryRead(whole, false, s_expectation, out var answer) == HttpReading.Done && answer.Body.Length == sizes.Sum();
        }).Check(Config.QuickThrowOnFailure);

    // Pieces of real answers with noise between them reach further into the reader than noise alone.
    private static Gen<byte[]> AnyBytes => Gen.OneOf(
            Gen.Elements("HTTP/1.1 200 OK\r\n", "HTTP/1.1 ", "\r\n", "\r\n\r\n", "Content-Length: 5", "Transfer-Encoding: chunked", "5\r\n", "0\r\n", ":", "ffffffff\r\n", "Degraded")
                .Select(Encoding.ASCII.GetBytes),
            Gen.Choose(0, 255).Select(static value => (byte)value).ListOf().Select(static list => list.ToArray()))
        .ListOf().Select(static pieces => pieces.SelectMany(static piece => piece).ToArray());

    private static HttpReading Read(string text, bool isEnd, out HttpAnswer answer) =>
        HttpAnswer.TryRead(Encoding.ASCII.GetBytes(text), isEnd, s_expectation, out answer);
}
