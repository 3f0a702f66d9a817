using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text.Unicode;

namespace ClientLb.Endpoints;

/// <summary>
/// XXH64 (Collet, specification 0.1.1): the hash behind every key. The same on every machine and in every version, because another one would
/// move all keys of all users to other endpoints.
/// </summary>
internal static class StableHash
{
    private const ulong Prime1 = 0x9E3779B185EBCA87;
    private const ulong Prime2 = 0xC2B2AE3D27D4EB4F;
    private const ulong Prime3 = 0x165667B19E3779F9;
    private const ulong Prime4 = 0x85EBCA77C2B2AE63;
    private const ulong Prime5 = 0x27D4EB2F165667C5;

    // On the stack up to here; a longer text borrows an array.
    private const int ShortText = 256;
    private const int BytesPerLetter = 3;

    /// <summary>The hash of a text: of its UTF-8 bytes, so that programs in other languages can say the same.</summary>
    public static ulong Of(ReadOnlySpan<char> text, ulong seed = 0)
    {
        Span<byte> bytes = stackalloc byte[ShortText];

        // Not Encoding.UTF8, which allocates where the room is too small, and for half a surrogate.
        if (Utf8.FromUtf16(text, bytes, out _, out var written) == OperationStatus.Done)
        {
            return Of(bytes[..written], seed);
        }

        var borrowed = ArrayPool<byte>.Shared.Rent(BytesPerLetter * text.Length);
        Utf8.FromUtf16(text, borrowed, out _, out written);
        var hash = Of(borrowed.AsSpan(0, written), seed);
        ArrayPool<byte>.Shared.Return(borrowed);
        return hash;
    }

    /// <summary>The hash of bytes.</summary>
    public static ulong Of(ReadOnlySpan<byte> data, ulong seed = 0)
    {
        var length = (ulong)data.Length;
        ulong hash;
        if (data.Length >= 32)
        {
            hash = Stripes(ref data, seed);
        }
        else
        {
            hash = seed + Prime5;
        }

        hash += length;
        for (; data.Length >= 8; data = data[8..])
        {
            hash = WithLane(hash, BinaryPrimitives.ReadUInt64LittleEndian(data));
        }

        if (data.Length >= 4)
        {
            hash ^= BinaryPrimitives.ReadUInt32LittleEndian(data) * Prime1;
            hash = (BitOperations.RotateLeft(hash, 23) * Prime2) + Prime3;
            data = data[4..];
        }

        foreach (var single in data)
        {
            hash ^= single * Prime5;
            hash = BitOperations.RotateLeft(hash, 11) * Prime1;
        }

        return Mix(hash);
    }

    /// <summary>The hash of a number: of its eight bytes, the lowest first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(ulong value, ulong seed) => Mix(WithLane(seed + Prime5 + sizeof(ulong), value));

    /// <summary>XXH64's last step: every bit of the result depends on every bit of the number, and no two numbers give the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 33)) * Prime2;
        value = (value ^ (value >> 29)) * Prime3;
        return value ^ (value >> 32);
    }

    private static ulong Stripes(ref ReadOnlySpan<byte> data, ulong seed)
    {
        var (a, b, c, d) = (seed + Prime1 + Prime2, seed + Prime2, seed, seed - Prime1);
        for (; data.Length >= 32; data = data[32..])
        {
            a = Round(a, BinaryPrimitives.ReadUInt64LittleEndian(data));
            b = Round(b, BinaryPrimitives.ReadUInt64LittleEndian(data[8..]));
            c = Round(c, BinaryPrimitives.ReadUInt64LittleEndian(data[16..]));
            d = Round(d, BinaryPrimitives.ReadUInt64LittleEndian(data[24..]));
        }

        var hash = BitOperations.RotateLeft(a, 1) + BitOperations.RotateLeft(b, 7) + BitOperations.RotateLeft(c, 12) + BitOperations.RotateLeft(d, 18);
        hash = Merge(hash, a);
        hash = Merge(hash, b);
        hash = Merge(hash, c);
        return Merge(hash, d);
    }

    private static ulong Merge(ulong hash, ulong lane) => ((hash ^ Round(0, lane)) * Prime1) + Prime4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong WithLane(ulong hash, ulong lane) => (BitOperations.RotateLeft(hash ^ Round(0, lane), 27) * Prime1) + Prime4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Round(ulong sum, ulong lane) => BitOperations.RotateLeft(sum + (lane * Prime2), 31) * Prime1;
}
