using System.Buffers.Binary;
using ClientLb.Http.Grpc;
using FsCheck;
using FsCheck.Fluent;

namespace ClientLb.Tests.Http.Grpc;

public class GrpcFrameCounterTests
{
    [Fact]
    public void Messages_are_counted_however_the_bytes_are_cut()
    {
        var input = ArbMap.Default.ArbFor<(byte[] Lengths, byte[] Cuts)>();
        Prop.ForAll(input, static given =>
        {
            var body = given.Lengths.SelectMany(static length => Frame(length)).ToArray();
            var counter = new GrpcFrameCounter();
            var rest = body.AsSpan();
            foreach (var cut in given.Cuts)
            {
                var part = Math.Min(cut % 8, rest.Length);
                counter.Add(rest[..part]);
                rest = rest[part..];
            }

            counter.Add(rest);
            return counter.Messages == given.Lengths.Length;
        }).QuickCheckThrowOnFailure();
    }

    private static byte[] Frame(int length)
    {
        var frame = new byte[5 + length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), length);
        return frame;
    }
}
