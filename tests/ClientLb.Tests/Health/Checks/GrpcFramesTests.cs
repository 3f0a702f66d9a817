using System.Text;
using ClientLb.Health.Checks;
using FsCheck;
using FsCheck.Fluent;

namespace ClientLb.Tests.Health.Checks;

public class GrpcFramesTests
{
    [Fact]
    public void Request_for_the_whole_server_is_an_empty_message() => Assert.Equal("0000000000", Convert.ToHexString(GrpcFrames.Request("")));

    [Fact]
    public void Request_names_the_service_as_field_1() => Assert.Equal("00000000080A066F7264657273", Convert.ToHexString(GrpcFrames.Request("orders")));

    [Fact]
    public void Request_with_a_long_name_has_a_length_of_two_bytes()
    {
        var frame = GrpcFrames.Request(new string('a', 300));

        Assert.Equal("000000012F0AAC02", Convert.ToHexString(frame.AsSpan(0, 8)));
        Assert.Equal(308, frame.Length);
    }

    [Theory]
    [InlineData("", GrpcServing.Unknown)]
    [InlineData("0801", GrpcServing.Serving)]
    [InlineData("0802", GrpcServing.NotServing)]
    [InlineData("0803", GrpcServing.ServiceUnknown)]
    [InlineData("0863", GrpcServing.Unknown)]
    [InlineData("08FFFFFFFFFFFFFFFFFF01", GrpcServing.Unknown)]
    [InlineData("1205616263646508011DAABBCCDD", GrpcServing.Serving)]
    [InlineData("08020801", GrpcServing.Serving)]
    internal void Answer_is_read(string hex, GrpcServing expected)
    {
        Assert.True(GrpcFrames.TryReadServing(Convert.FromHexString(hex), out var serving));
        Assert.Equal(expected, serving);
    }

    [Theory]
    [InlineData("08")]
    [InlineData("00")]
    [InlineData("0880")]
    [InlineData("0F01")]
    [InlineData("120561")]
    [InlineData("1DAABBCC")]
    [InlineData("12FFFFFFFFFFFFFFFFFF01")]
    [InlineData("08FFFFFFFFFFFFFFFFFFFFFF01")]
    public void Garbage_is_refused(string hex) => Assert.False(GrpcFrames.TryReadServing(Convert.FromHexString(hex), out _));

    [Theory]
    [InlineData("01000000020801")]
    [InlineData("FF")]
    [InlineData("0000001001")]
    [InlineData("00FFFFFFFF")]
    public void Frame_that_is_compressed_or_too_long_is_refused(string hex)
    {
        ReadOnlyMemory<byte> bytes = Convert.FromHexString(hex);
        Assert.Equal(HttpReading.Broken, GrpcFrames.TryTake(ref bytes, out _));
    }

    [Fact]
    public void Frames_are_taken_one_by_one_however_they_are_cut() =>
        Prop.ForAll(Gen.Choose(0, 50).ListOf().ToArbitrary(), static lengths =>
        {
            var all = lengths.SelectMany(static length => GrpcFrames.Request(new string('x', length))).ToArray();
            var taken = 0;
            ReadOnlyMemory<byte> rest = default;
            for (var i = 0; i < all.Length; i++)
            {
                rest = rest.ToArray().Append(all[i]).ToArray();
                while (true)
                {
                    var reading = GrpcFrames.TryTake(ref rest, out var message);
                    if (reading != HttpReading.Done)
                    {
                        if (reading == HttpReading.Broken)
                        {
                            return false;
                        }

                        break;
                    }

                    var expected = GrpcFrames.Request(new string('x', lengths[taken++]));
                    if (!message.Span.SequenceEqual(expected.AsSpan(GrpcFrames.HeaderLength)))
                    {
                        return false;
                    }
                }
            }

            return rest.Length == 0 && taken == lengths.Count;
        }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void Bytes_of_any_kind_never_throw() =>
        Prop.ForAll(Gen.Choose(0, 255).Select(static value => (byte)value).ListOf().ToArbitrary(), static list =>
        {
            ReadOnlyMemory<byte> bytes = list.ToArray();
            GrpcFrames.TryReadServing(bytes.Span, out var serving);
            GrpcFrames.TryTake(ref bytes, out _);
            return Enum.IsDefined(serving);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));

    [Fact]
    public void Name_of_the_service_is_written_as_UTF8() =>
        Assert.EndsWith(Convert.ToHexString(Encoding.UTF8.GetBytes("prüfung")), Convert.ToHexString(GrpcFrames.Request("prüfung")), StringComparison.Ordinal);
}
